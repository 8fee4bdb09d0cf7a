/** Memory of all roles while a long queue is worked on and mail comes in. */
import { type Bench, scaled } from './bench.ts'
import { FROM, TO, withMailFile } from './mail.ts'
import { openBench } from './open.ts'
import { feed, startSink } from './postfix.ts'
import { compareLess } from './result.ts'
import { createRows } from './rows.ts'
import { peakMegabytes, residentMegabytes } from './usage.ts'

const QUEUED = 100_000
const QUEUED_LARGE = 1_000_000
const MESSAGES = 10_000
const LIMIT_MB = 1_024

export const memoryBench: Bench = (options) =>
  withMailFile(async (file) => {
    await using installation = await openBench(options)
    await using _sink = await startSink(installation.ports.mx)
    const queued = scaled(options.large ? QUEUED_LARGE : QUEUED, options)
    await (await createRows(installation)).addQueued(queued, new Date())
    const roles = [await installation.start('web'), await installation.start('smtp'), await installation.start('worker')]
    const messages = scaled(MESSAGES, options)
    const load = { port: installation.ports.smtp, connections: 20, from: FROM, to: TO, file }
    const pids = roles.map((role) => role.pid)
    const value = await peakMegabytes(pids, () => feed({ ...load, messages }))
    const each = (await Promise.all(pids.map(residentMegabytes))).map(Math.round)
    const note =
      `peak RSS of web, smtp and worker together, without the database, with ${queued} queued, delivering, and ${messages} coming in; the peer is the ` +
      `limit, the ratio limit ÷ ours. At the end ${each.join(', ')} MB${options.large ? '' : '; the goal is for a million: --large'}`
    return [compareLess({ name: 'memory', value, unit: 'MB', peer: 'limit', peerValue: LIMIT_MB, goal: 1, note })]
  })
