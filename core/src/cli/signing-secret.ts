/** What the commands for signing secrets share: they show one, replace it, or retire the one that was replaced. */
import { z } from 'zod'
import { UsageError } from './usage.ts'

export const SECRET_OPTIONS = [
  ['--replace', 'make a new one; both sign until the former is retired'],
  ['--retire', 'let the former one sign no more'],
] as const satisfies readonly (readonly [string, string])[]

export const secretInput = { replace: z.boolean().default(false), retire: z.boolean().default(false) }

type Wish = { readonly replace: boolean; readonly retire: boolean }
type Verbs = {
  readonly show: () => Promise<string>
  readonly replace: () => Promise<string>
  readonly retire: () => Promise<void>
}

/** @throws UsageError for both at once: receivers would have no time to learn the new one. */
export async function showOrReplace({ replace, retire }: Wish, verbs: Verbs) {
  if (replace && retire) throw new UsageError('Give --replace first, tell the receiver, and then --retire.')
  if (retire) {
    await verbs.retire()
    return { json: { retired: true }, lines: ['The former secret signs no more.'] }
  }
  const secret = await (replace ? verbs.replace() : verbs.show())
  const next = replace ? ['Both secrets sign. When the receiver knows the new one: the same command with --retire.'] : []
  return { json: { secret }, lines: [secret, ...next] }
}
