/** `posthaste suppression add`, `remove` and `list` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { suppress, suppressionsOf, unsuppress } from '../../manage/suppressions.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { table } from '../table.ts'

export const suppressionAdd = command({
  words: 'suppression add <address>',
  about: 'hold all mail to an address from now on',
  options: [
    SERVER_OPTION,
    ['--reason <text>', 'why, for those who look at it later'],
    ['--days <days>', 'for how long (default: for ever, or as long as such a failure lasts)'],
  ],
  input: serverInput.extend({ address: z.string(), reason: z.string().optional(), days: z.coerce.number().optional() }),
  run: async ({ open }, { server, address, ...input }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const added = await suppress(manage, { mailServerId, address, ...given(input) })
    const end = added.keepUntil ? `until ${added.keepUntil.toISOString()}` : 'for ever'
    return { json: added, lines: [`${added.address} is suppressed ${end}: ${added.reason}.`] }
  },
})

export const suppressionRemove = command({
  words: 'suppression remove <address>',
  about: 'let mail to an address go out again; what is held stays held until it is released',
  options: [SERVER_OPTION],
  input: serverInput.extend({ address: z.string() }),
  run: async ({ open }, { server, address }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const removed = await unsuppress(manage, { mailServerId, address })
    return { json: { removed }, lines: [removed ? `${address} may be mailed again.` : `${address} was not suppressed.`] }
  },
})

export const suppressionList = command({
  words: 'suppression list',
  about: 'show suppressed addresses, in order',
  options: [
    SERVER_OPTION,
    ['--search <text>', 'only addresses with this in them'],
    ['--after <address>', 'go on after this address'],
    ['--limit <count>', 'how many, up to 1000 (default: 100)'],
  ],
  input: serverInput.extend({
    search: z.string().optional(),
    after: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  run: async ({ open }, { server, ...page }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const found = await suppressionsOf(manage, { mailServerId, limit: page.limit, ...given({ search: page.search, after: page.after }) })
    const rows = found.map(({ address, reason, source, keepUntil, createdAt }) => [
      address,
      reason,
      source,
      createdAt,
      keepUntil ?? 'never',
    ])
    const more = found.length < page.limit ? [] : [`There may be more: --after ${found.at(-1)?.address}`]
    const lines = table(['address', 'reason', 'source', 'since', 'ends'], rows, 'No address is suppressed.')
    return { json: found, lines: [...lines, ...more] }
  },
})
