/** `posthaste explain message`, `posthaste explain site`, `posthaste limit list` and `posthaste limit lift` */
import { z } from 'zod'
import { type Explanation, explainMessage, explainSite } from '../../delivery/explain.ts'
import { normaliseDomain } from '../../domain/address.ts'
import { AppError } from '../../domain/errors.ts'
import { liftSiteLimitBy, siteLimitsInForce } from '../../manage/site-limits.ts'
import { command } from '../command.ts'
import { explaining } from '../explaining.ts'
import { table } from '../table.ts'

export const explainMessageCommand = command({
  words: 'explain message <id>',
  about: 'say why a message stands as it does, and what happens next',
  input: z.object({ id: z.coerce.number().int().positive() }),
  run: async ({ open, clock }, { id }) => {
    const explained = await explainMessage(explaining(await open(), clock), id)
    if (!explained) throw new AppError('message.not_found', `There is no message ${id}.`, { field: 'id' })
    return { json: explained, lines: withTranscript(explained) }
  },
})

export const explainSiteCommand = command({
  words: 'explain site <domain>',
  about: 'say which limits hold for mail to a domain, and how it went lately',
  input: z.object({ domain: z.string().min(1) }),
  run: async ({ open, clock }, { domain }) => {
    const explained = await explainSite(explaining(await open(), clock), normaliseDomain(domain) || domain)
    const lift = explained.limits.map(({ id, rule }) => `To end the limit ${rule} now: posthaste limit lift ${id}`)
    return { json: explained, lines: [...explained.lines, ...lift] }
  },
})

export const limitList = command({
  words: 'limit list',
  about: 'show the temporary limits of sites that hold now',
  input: z.object({}),
  run: async ({ open }) => {
    const { manage } = await open()
    const found = await siteLimitsInForce(manage)
    const rows = found.map(({ id, site, sourceIp, kind, amount, ipPool, rule, until }) => [
      ...[id, site, sourceIp || 'all', kind, ipPool ? `to ${ipPool}` : amount],
      ...[rule, until],
    ])
    return { json: found, lines: table(['id', 'site', 'from', 'kind', 'amount', 'rule', 'ends'], rows, 'No site is limited.') }
  },
})

export const limitLift = command({
  words: 'limit lift <id>',
  about: 'end a temporary limit of a site now',
  input: z.object({ id: z.coerce.number().int().positive() }),
  run: async ({ open }, { id }) => {
    const { manage } = await open()
    const lifted = await liftSiteLimitBy(manage, { id })
    return { json: { lifted }, lines: [lifted ? 'The limit has ended.' : 'No such limit is in force.'] }
  },
})

function withTranscript({ lines, attempts }: Explanation): string[] {
  const transcript = attempts.at(-1)?.transcript
  return transcript
    ? [...lines, '', 'What was said in the last attempt:', ...transcript.split('\n').map((line) => `  ${line}`)]
    : [...lines]
}
