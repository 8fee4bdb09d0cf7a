/** The whole way, from SMTP to a remote 250, against other mail servers on the same disk with the same sink. */
import { setTimeout as wait } from 'node:timers/promises'
import { anyPorts } from '@posthaste/test/support/installation/ports.ts'
import { CONNECTIONS, WARM_UP } from './accept.ts'
import { type Bench, type BenchOptions, scaled } from './bench.ts'
import { type Peer, startHaraka } from './haraka.ts'
import { FROM, TO, withMailFile } from './mail.ts'
import { openBench } from './open.ts'
import { feed, startPostfix, startSink } from './postfix.ts'
import { compare } from './result.ts'
import { timed, untilEmpty } from './timing.ts'
import { costOf, databasePid } from './usage.ts'

const MESSAGES = 6_000
const PEER_MESSAGES = 3_000
/** Parallel deliveries to the sink, as many as Postfix and Haraka are allowed; twenty is our own and Postfix's usual limit. */
export const AS_MANY_AS_PEERS = { POSTHASTE_SITE_CONNECTIONS_MAX: '50' }
const OURS = 'SMTP to remote 250, RSA-2048 and Ed25519 signed, opens and clicks tracked'

export const throughBench: Bench = (options) =>
  withMailFile(async (file) => {
    const peerValue = await throughPeer(startQuietPostfix, file, options)
    const { value, cost } = await throughUs(file, options)
    const note = `${OURS}; Postfix unsigned and untracked; ${cost}`
    return [compare({ name: 'through', value, unit: 'messages/s', peer: 'postfix', peerValue, goal: 2.5, note })]
  })

export const throughHarakaBench: Bench = (options) =>
  withMailFile(async (file) => {
    const peerValue = await throughPeer(startHaraka, file, options)
    const { value, cost } = await throughUs(file, options)
    const note = `${OURS}; Haraka unsigned and untracked, a process for each CPU, its queue on the same disk; ${cost}`
    return [compare({ name: 'through-haraka', value, unit: 'messages/s', peer: 'haraka', peerValue, goal: 3.5, note })]
  })

async function startQuietPostfix(place: { port: number; sinkPort: number }): Promise<Peer> {
  const postfix = await startPostfix({ ...place, mode: 'deliver' })
  await wait(1_000)
  return postfix
}

async function throughUs(file: string, options: BenchOptions): Promise<{ value: number; cost: string }> {
  await using installation = await openBench(options, AS_MANY_AS_PEERS)
  await using sink = await startSink(installation.ports.mx)
  const smtp = await installation.start('smtp')
  const worker = await installation.start('worker')
  const pids = { smtp: smtp.pid, worker: worker.pid, database: await databasePid(installation.db), sink: sink.pid }
  const messages = scaled(MESSAGES, options)
  let value = 0
  const cost = await costOf(pids, messages + WARM_UP, async () => {
    value = await carried({ port: installation.ports.smtp, queued: installation.queued }, file, messages)
  })
  return { value, cost }
}

type StartPeer = (place: { port: number; sinkPort: number }) => Promise<Peer>

async function throughPeer(start: StartPeer, file: string, options: BenchOptions): Promise<number> {
  const { smtp: port, mx: sinkPort } = await anyPorts()
  await using _sink = await startSink(sinkPort)
  await using peer = await start({ port, sinkPort })
  return await carried(peer, file, scaled(PEER_MESSAGES, options))
}

/** Messages a second, until the queue is empty. */
async function carried({ port, queued }: Pick<Peer, 'port' | 'queued'>, file: string, messages: number): Promise<number> {
  const load = { port, connections: CONNECTIONS, from: FROM, to: TO, file }
  await feed({ ...load, messages: WARM_UP })
  await untilEmpty(queued)
  const seconds = await timed(async () => {
    await feed({ ...load, messages })
    await untilEmpty(queued)
  })
  return messages / seconds
}
