/** `posthaste limit set` */
import { z } from 'zod'
import { limitLine } from '../../delivery/explain.ts'
import { siteNamed } from '../../delivery/site-name.ts'
import { AppError } from '../../domain/errors.ts'
import { given } from '../../manage/context.ts'
import { setSiteLimit } from '../../manage/site-limits.ts'
import { command } from '../command.ts'
import { explaining } from '../explaining.ts'

export const limitSet = command({
  words: 'limit set <domain>',
  about: 'limit mail to the site of a domain, or to a site by its own name, for a while',
  options: [
    ['--suspend', 'send nothing there'],
    ['--rate <count>', 'so many messages a minute'],
    ['--connections <count>', 'so many connections from each address'],
    ['--for <time>', 'minutes, hours or days: 30m, 2h, 3d; 1h unless given'],
    ['--reason <text>', 'for those who find the limit later'],
  ],
  input: z.object({
    domain: z.string().min(1),
    suspend: z.boolean().optional(),
    rate: z.coerce.number().optional(),
    connections: z.coerce.number().optional(),
    for: z.string().default('1h'),
    reason: z.string().optional(),
  }),
  run: async ({ open, clock }, { domain, reason, ...input }) => {
    const chosen = chosenOf(input)
    const minutes = minutesOf(input.for)
    const cli = await open()
    const { site } = await siteNamed(explaining(cli, clock), domain)
    const limit = await setSiteLimit(cli.manage, { site, minutes, ...chosen, ...given({ reason }) })
    return { json: limit, lines: [`The site is ${site}. ${limitLine(limit)}`, `To end it before: posthaste limit lift ${limit.id}`] }
  },
})

type Chosen = { readonly kind: string; readonly amount?: number }

function chosenOf({
  suspend,
  rate,
  connections,
}: {
  suspend?: boolean | undefined
  rate?: number | undefined
  connections?: number | undefined
}): Chosen {
  const chosen: Chosen[] = [
    ...(suspend ? [{ kind: 'suspend' }] : []),
    ...(rate === undefined ? [] : [{ kind: 'rate', amount: rate }]),
    ...(connections === undefined ? [] : [{ kind: 'connections', amount: connections }]),
  ]
  const [only, ...others] = chosen
  if (!only || others.length > 0) throw new AppError('input.invalid', 'Give one of --suspend, --rate and --connections.', { field: 'kind' })
  return only
}

const MINUTES = { m: 1, h: 60, d: 24 * 60 } as const

function minutesOf(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text.trim()) ?? []
  const minutes = unit === 'm' || unit === 'h' || unit === 'd' ? MINUTES[unit] : undefined
  if (minutes === undefined) throw new AppError('input.invalid', 'for must be a time such as 30m, 2h or 3d.', { field: 'for' })
  return Number(count) * minutes
}
