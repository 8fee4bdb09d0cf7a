/** The header by which an application may hand in a mail again after a lost answer, without sending it twice. */
import type { Idempotency } from '../intake/repeats.ts'
import type { Header } from '../mail/headers.ts'
import type { Sender, Transaction } from './dialogue.ts'

export const KEY_HEADER = 'x-posthaste-idempotency-key'
const KEY_CHARACTERS_MAX = 255

/**
 * The same key from the same credential is one mail. Sender and recipients must be the same; the mail itself need not, as
 * libraries write a new Date and Message-ID when they try again.
 */
export function idempotencyOf(
  sender: Sender | null,
  { mailFrom, recipients }: Transaction,
  headers: readonly Header[],
): Idempotency | 'invalid' | undefined {
  const [key, ...more] = sender ? headerValues(headers, KEY_HEADER) : []
  if (!sender || key === undefined) return undefined
  if (key === '' || key.length > KEY_CHARACTERS_MAX || more.length > 0) return 'invalid'
  const addresses = recipients.map(({ address }) => address).sort()
  return { owner: `credential:${sender.credential.id}`, key, request: [mailFrom, ...addresses].join('\n') }
}

export const headerValues = (headers: readonly Header[], name: string): string[] =>
  headers.filter((header) => header.name === name).map(({ value }) => value)
