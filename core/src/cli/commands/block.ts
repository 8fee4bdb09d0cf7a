/** `posthaste block list` and `posthaste block lift` */
import { z } from 'zod'
import { blocksInForce, liftBlockBy } from '../../manage/blocks.ts'
import { command } from '../command.ts'
import { table } from '../table.ts'

export const blockList = command({
  words: 'block list',
  about: 'show who is refused for too many failures to sign in or authenticate',
  input: z.object({}),
  run: async ({ open }) => {
    const { manage } = await open()
    const found = await blocksInForce(manage)
    const rows = found.map(({ kind, subject, failures, until }) => [kind, subject, failures, until])
    return { json: found, lines: table(['kind', 'who', 'failures', 'until'], rows, 'Nobody is blocked.') }
  },
})

export const blockLift = command({
  words: 'block lift <kind> <who>',
  about: 'let somebody in again at once; both words as `block list` shows them',
  input: z.object({ kind: z.string(), who: z.string() }),
  run: async ({ open }, { kind, who }) => {
    const { manage } = await open()
    const lifted = await liftBlockBy(manage, { kind, subject: who })
    return { json: { lifted }, lines: [lifted ? `${who} may try again.` : 'No such block is in force.'] }
  },
})
