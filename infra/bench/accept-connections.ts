/** What acceptance costs a message when many connections send instead of one. */
import { type Bench, scaled } from './bench.ts'
import { FROM, TO, withMailFile } from './mail.ts'
import { openBench } from './open.ts'
import { feed } from './postfix.ts'
import { compareLess } from './result.ts'
import { cpuDuring, databasePid } from './usage.ts'

const MANY = 200
const MESSAGES = 3_000
const WARM_UP = 2_000
/** Within a tenth of the cost on one connection. */
const GOAL = 0.9

export const acceptConnectionsBench: Bench = (options) =>
  withMailFile(async (file) => {
    await using installation = await openBench(options)
    const smtp = await installation.start('smtp')
    const pids = [smtp.pid, await databasePid(installation.db)]
    const load = { port: installation.ports.smtp, from: FROM, to: TO, file }
    await feed({ ...load, messages: scaled(WARM_UP, options), connections: 20 })

    const messages = scaled(MESSAGES, options)
    const eachMs = async (connections: number) => {
      const used = await cpuDuring(pids, () => feed({ ...load, messages, connections }))
      return { role: (used[0] ?? 0) / messages, database: (used[1] ?? 0) / messages }
    }
    const one = await eachMs(1)
    const many = await eachMs(MANY)
    const note =
      `CPU of the smtp role for a message on ${MANY} connections; the peer is one connection, the ratio one ÷ many. ` +
      `Database beside it: ${many.database.toFixed(2)} and ${one.database.toFixed(2)} ms`
    const values = { value: many.role, unit: 'ms CPU', peer: 'one connection', peerValue: one.role }
    return [compareLess({ name: 'accept-connections', ...values, goal: GOAL, note })]
  })
