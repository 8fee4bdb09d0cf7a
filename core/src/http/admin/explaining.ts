/** What the words of explanations are drawn from, for pages. */
import type { Explaining } from '../../delivery/explain.ts'
import type { Manage } from '../../manage/context.ts'
import type { AdminDeps } from './deps.ts'

export const explainingFor = (
  { db, clock, newDns, randomBytes }: Omit<Manage, 'actor'>,
  { smtpRelays }: Pick<AdminDeps, 'smtpRelays'>,
): Explaining => ({
  ...{ db, clock, smtpRelays, dns: newDns() },
  random: () => (randomBytes(1)[0] ?? 0) / 256,
})
