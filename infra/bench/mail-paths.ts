/** The paths of a mail, each against Postfix on the same disk in the same run: accepted durably, and carried through to a remote 250. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openInstallation } from '@posthaste/test/support/installation/open.ts'
import { FROM, TO, writeBenchMail } from './mail.ts'
import { feed, startPostfix, startSink } from './postfix.ts'
import { type BenchResult, compare } from './result.ts'

const MESSAGES = 6_000
const PEER_MESSAGES = 3_000
const WARM_UP = 500
const CONNECTIONS = 20
const PEER_PORT = 2_650
const POLL_MS = 20

export const acceptBench = (): Promise<BenchResult> =>
  withMail(async (file) => {
    await using _sink = await startSink(PEER_PORT + 1)
    const peerValue = await acceptedByPostfix(file)
    await using installation = await openInstallation()
    await installation.start('smtp')
    const load = { port: installation.ports.smtp, connections: CONNECTIONS, from: FROM, to: TO, file }
    await feed({ ...load, messages: WARM_UP })
    const seconds = await feed({ ...load, messages: MESSAGES })
    const stored = await installation.queued()
    if (stored !== WARM_UP + MESSAGES) throw new Error(`${stored} mails are queued where ${WARM_UP + MESSAGES} were accepted`)
    return compare({
      name: 'accept',
      value: MESSAGES / seconds,
      unit: 'messages/s',
      peer: 'postfix',
      peerValue,
      goal: 4,
      note: `SMTP, durable, 4 KB, ${CONNECTIONS} connections`,
    })
  })

async function acceptedByPostfix(file: string): Promise<number> {
  await using postfix = await startPostfix({ port: PEER_PORT, sinkPort: PEER_PORT + 1, mode: 'defer' })
  await wait(1_000)
  return PEER_MESSAGES / (await feed({ port: postfix.port, messages: PEER_MESSAGES, connections: CONNECTIONS, from: FROM, to: TO, file }))
}

export const throughBench = (): Promise<BenchResult> =>
  withMail(async (file) => {
    const peerValue = await throughPostfix(file)
    await using installation = await openInstallation()
    await using _sink = await startSink(installation.ports.mx)
    await installation.start('smtp')
    await installation.start('worker')
    const load = { port: installation.ports.smtp, connections: CONNECTIONS, from: FROM, to: TO, file }
    await feed({ ...load, messages: WARM_UP })
    await untilEmpty(installation.queued)
    const seconds = await timed(async () => {
      await feed({ ...load, messages: MESSAGES })
      await untilEmpty(installation.queued)
    })
    return compare({
      name: 'through',
      value: MESSAGES / seconds,
      unit: 'messages/s',
      peer: 'postfix',
      peerValue,
      goal: 2.5,
      note: 'SMTP to remote 250, RSA-2048 and Ed25519 signed, opens and clicks tracked; Postfix unsigned and untracked',
    })
  })

async function throughPostfix(file: string): Promise<number> {
  await using _sink = await startSink(PEER_PORT + 1)
  await using postfix = await startPostfix({ port: PEER_PORT, sinkPort: PEER_PORT + 1, mode: 'deliver' })
  await wait(1_000)
  const seconds = await timed(async () => {
    await feed({ port: postfix.port, messages: PEER_MESSAGES, connections: CONNECTIONS, from: FROM, to: TO, file })
    await untilEmpty(postfix.queued)
  })
  return PEER_MESSAGES / seconds
}

async function untilEmpty(queued: () => Promise<number>): Promise<void> {
  while ((await queued()) > 0) await wait(POLL_MS)
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

async function withMail(work: (file: string) => Promise<BenchResult>): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-mail-'))
  try {
    const file = join(folder, 'mail')
    await writeBenchMail(file)
    return await work(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
