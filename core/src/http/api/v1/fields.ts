/** Types of the parameters of API v1, with the texts that tell a caller which one is wrong. Null and absent mean the same everywhere. */
import { z } from 'zod'

/** The parameters once they have their types, or the text of the first that has not. */
export type Read<T> = { readonly input: T } | { readonly mistake: string }

export function read<T>(schema: z.ZodType<T>, parameters: unknown): Read<T> {
  const result = schema.safeParse(parameters)
  return result.success ? { input: result.data } : { mistake: result.error.issues[0]?.message ?? 'A parameter is not valid' }
}

/** Ruby's `blank?`, as clients were told apart by it for years. */
export const isBlank = (text: string | null | undefined): boolean => text === null || text === undefined || text.trim() === ''

export const text = (name: string) => z.string({ error: `\`${name}\` should be a String` }).nullish()

/** Tags and subjects that are numbers are sent as their digits. */
export const textOrNumber = (name: string) =>
  z.union([z.string(), z.number().transform(String)], { error: `\`${name}\` should be a String` }).nullish()

export const addressList = (name: string) =>
  z.union([z.string(), z.array(z.string())], { error: `\`${name}\` should be an Array or a String` }).nullish()

const FALSE = new Set<unknown>([undefined, null, false, 'false', 0, '0', ''])

/** Anything but the known ways to say no is a yes. */
export const truth = () =>
  z
    .unknown()
    .optional()
    .transform((value) => !FALSE.has(value))

/** Line breaks and foreign characters are skipped, missing padding is tolerated. */
export const decodeBase64 = (encoded: string): Buffer => Buffer.from(encoded, 'base64')
