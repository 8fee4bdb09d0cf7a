/** Durable acceptance by SMTP against Postfix accepting into its queue on the same disk. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Installation } from '@posthaste/test/support/installation/open.ts'
import { anyPorts } from '@posthaste/test/support/installation/ports.ts'
import { type Bench, type BenchOptions, scaled } from './bench.ts'
import { FROM, TO, withMailFile } from './mail.ts'
import { openBench } from './open.ts'
import { feed, startPostfix, startSink } from './postfix.ts'
import { compare } from './result.ts'
import { costOf, databasePid } from './usage.ts'

export const CONNECTIONS = 20
export const WARM_UP = 4_000
const MESSAGES = 6_000
const PEER_MESSAGES = 3_000

export const acceptBench: Bench = (options) =>
  withMailFile(async (file) => {
    const peerValue = await acceptedByPostfix(file, options)
    await using installation = await openBench(options)
    const smtp = await installation.start('smtp')
    const pids = { smtp: smtp.pid, database: await databasePid(installation.db) }
    let value = 0
    const cost = await costOf(pids, scaled(MESSAGES, options) + WARM_UP, async () => {
      value = await acceptedByUs(installation, file, options)
    })
    const note = `SMTP, durable, 4 KB, ${CONNECTIONS} connections; every mail was found in the queue; ${cost}`
    return [compare({ name: 'accept', value, unit: 'messages/s', peer: 'postfix', peerValue, goal: 4, note })]
  })

/** Messages a second, with the smtp role running and nobody delivering. */
export async function acceptedByUs(installation: Installation, file: string, options: BenchOptions): Promise<number> {
  const load = { port: installation.ports.smtp, connections: CONNECTIONS, from: FROM, to: TO, file }
  const before = await installation.queued()
  const messages = scaled(MESSAGES, options)
  await feed({ ...load, messages: WARM_UP })
  const seconds = await feed({ ...load, messages })
  const stored = (await installation.queued()) - before
  if (stored !== WARM_UP + messages) throw new Error(`${stored} mails are queued where ${WARM_UP + messages} were accepted`)
  return messages / seconds
}

async function acceptedByPostfix(file: string, options: BenchOptions): Promise<number> {
  const { smtp: port, mx: sinkPort } = await anyPorts()
  await using _sink = await startSink(sinkPort)
  await using _postfix = await startPostfix({ port, sinkPort, mode: 'defer' })
  await wait(1_000)
  const messages = scaled(PEER_MESSAGES, options)
  return messages / (await feed({ port, messages, connections: CONNECTIONS, from: FROM, to: TO, file }))
}
