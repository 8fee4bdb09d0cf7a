/** What the words of explanations are drawn from, for pages. */
import type { Explaining } from '../../delivery/explain.ts'
import type { Manage } from '../../manage/context.ts'

export const explainingFor = (
  { db, clock, newDns, randomBytes }: Omit<Manage, 'actor'>,
  { smtpRelays, tlsPolicies = [], ownNames }: Pick<Explaining, 'smtpRelays' | 'tlsPolicies' | 'ownNames'>,
): Explaining => ({
  ...{ db, clock, smtpRelays, tlsPolicies, dns: newDns() },
  ...(ownNames ? { ownNames } : {}),
  random: () => (randomBytes(1)[0] ?? 0) / 256,
})
