/** How long a sender waits for the final reply under half of the load that acceptance can take. */
import { acceptedByUs, CONNECTIONS } from './accept.ts'
import { type Bench, scaled } from './bench.ts'
import { benchMail, FROM, TO, withMailFile } from './mail.ts'
import { openBench } from './open.ts'
import { compareLess } from './result.ts'
import { openMany, sendPaced } from './smtp-load.ts'
import { percentile } from './timing.ts'

const LIMIT_MS = 50
const MESSAGES = 10_000

export const latencyBench: Bench = (options) =>
  withMailFile(async (file) => {
    await using installation = await openBench(options)
    await installation.start('smtp')
    const most = await acceptedByUs(installation, file, options)
    const connections = await openMany(Array.from({ length: CONNECTIONS }, () => ({ port: installation.ports.smtp })))
    const mail = { from: FROM, to: TO, data: benchMail() }
    const { latencies, perSecond } = await sendPaced(connections, { mail, messages: scaled(MESSAGES, options), perSecond: most / 2 })
    for (const connection of connections) connection[Symbol.dispose]()
    const at = (share: number): string => percentile(latencies, share).toFixed(1)
    const note =
      `p99 from the final dot to its reply; the peer is the limit, the ratio limit ÷ ours. ${Math.round(perSecond)}/s sent of ` +
      `${Math.round(most / 2)}/s wanted, half of accept; p50 ${at(0.5)} ms, p99.9 ${at(0.999)} ms`
    const value = percentile(latencies, 0.99)
    return [compareLess({ name: 'latency', value, unit: 'ms', peer: 'limit', peerValue: LIMIT_MS, goal: 1, note })]
  })
