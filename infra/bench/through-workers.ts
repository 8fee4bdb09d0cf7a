/** What a second worker process adds: the same queue emptied by one and by two. */
import { CONNECTIONS } from './accept.ts'
import { type Bench, type BenchOptions, scaled } from './bench.ts'
import { FROM, TO, withMailFile } from './mail.ts'
import { openBench } from './open.ts'
import { feed, startSink } from './postfix.ts'
import { compare } from './result.ts'
import { AS_MANY_AS_PEERS } from './through.ts'
import { timed, untilAtMost } from './timing.ts'

const MESSAGES = 8_000
const WARM_UP = 1_000
const GOAL = 1.6

export const throughWorkersBench: Bench = (options) =>
  withMailFile(async (file) => {
    const peerValue = await delivered(1, file, options)
    const value = await delivered(2, file, options)
    const note =
      'delivery alone: queued mail, RSA-2048 and Ed25519 signed, tracked, to remote 250; the database and the sink share the CPUs with the workers'
    return [compare({ name: 'through-workers', value, unit: 'messages/s', peer: 'one worker', peerValue, goal: GOAL, note })]
  })

/** Messages a second from a queue that waits until all workers are warm. */
async function delivered(workers: number, file: string, options: BenchOptions): Promise<number> {
  await using installation = await openBench(options, AS_MANY_AS_PEERS)
  await using _sink = await startSink(installation.ports.mx)
  const { db, ports, queued } = installation
  const release = (limit: number) => db.$client.query('UPDATE queue_entries SET due_at = created_at ORDER BY message_id LIMIT ?', [limit])
  const [messages, warmUp] = [scaled(MESSAGES, options), scaled(WARM_UP, options) * workers]
  const smtp = await installation.start('smtp')
  await feed({ port: ports.smtp, connections: CONNECTIONS, from: FROM, to: TO, file, messages: messages + warmUp })
  await smtp.stop()
  await db.$client.query('UPDATE queue_entries SET due_at = due_at + INTERVAL 1 DAY')
  for (let n = 0; n < workers; n += 1) {
    const healthPort = n === 0 ? ports.workerHealth : ports.webHealth // there is no web role here
    await installation.start('worker', { WORKER_DEFAULT_HEALTH_SERVER_PORT: String(healthPort) })
  }
  await release(warmUp)
  await untilAtMost(queued, messages)
  const seconds = await timed(async () => {
    await release(messages)
    await untilAtMost(queued, 0)
  })
  return messages / seconds
}
