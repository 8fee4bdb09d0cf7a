/** Random clients against the real server: ten seconds, or hours by POSTHASTE_FUZZ_SECONDS. The seed is shown. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { playDialogue } from '../support/smtp-client.ts'
import { until } from '../support/until.ts'
import { type FrontDoor, openFrontDoor } from './front-door.ts'
import { storedMessages } from './stored.ts'

const SECONDS = Number(process.env.POSTHASTE_FUZZ_SECONDS ?? 10)
const WORKERS = 32
const SEED = Number(process.env.POSTHASTE_FUZZ_SEED ?? Date.now() % 1_000_000)

const PIECES = [
  ...[
    'EHLO x',
    'HELO x',
    'MAIL FROM:<a@b.test>',
    'MAIL FROM:<>',
    'RCPT TO:<any@shop.test>',
    'RCPT TO:<no@shop.test>',
    'DATA',
    'RSET',
    'NOOP',
    'QUIT',
    'STARTTLS',
  ],
  ...[
    'AUTH PLAIN',
    'AUTH LOGIN',
    'AUTH CRAM-MD5',
    '*',
    '=',
    'AAAA',
    'Subject: x',
    '.',
    '..',
    '.x',
    '',
    ' ',
    '\0',
    '\xff',
    'x'.repeat(3_000),
    'MAIL FROM:<a@b.test> SIZE=999999999999',
  ],
]
const ENDINGS = ['\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '', '\r\n.\r\n', '\r\n\r\n']

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor({
    policy: { limits: { authFailuresMax: 1, idleMs: 1_500 } },
    deps: { wait: (ms, signal) => new Promise((done) => setTimeout(done, ms === 1_000 && !signal.aborted ? 5 : Math.min(ms, 100))) },
  })
})
afterAll(() => door[Symbol.asyncDispose]())

/** mulberry32 */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function talkNonsense(port: number, random: () => number): Promise<string> {
  const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)]
  const socket = connect({ host: '127.0.0.1', port })
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((done) => socket.once('close', () => done()))
  await once(socket, 'connect')
  // Begins well, so that the depths are reached too
  let said = random() < 0.7 ? 'EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<any@shop.test>\r\nDATA\r\n' : ''
  for (let n = Math.floor(random() * 40); n > 0; n -= 1) said += `${pick(PIECES)}${pick(ENDINGS)}`
  for (let at = 0; at < said.length; ) {
    const size = 1 + Math.floor(random() * (random() < 0.5 ? 20 : 4_000))
    socket.write(Buffer.from(said.slice(at, at + size), 'latin1'))
    at += size
    if (random() < 0.2) await new Promise(setImmediate)
  }
  if (random() < 0.1) socket.destroy()
  else socket.end()
  await closed
  return heard
}

it(`survives nonsense, answers in replies only, and stores what it answers with 250 (seed ${SEED})`, {
  timeout: (SECONDS + 60) * 1_000,
}, async () => {
  const ports = [door.ports.postal, door.ports.mx, door.ports.submission, door.ports.submissions]
  const end = performance.now() + SECONDS * 1_000
  let answered = 0
  let clients = 0
  const worker = async (_: unknown, n: number) => {
    const random = dice(SEED + n)
    while (performance.now() < end) {
      const heard = await talkNonsense(ports[Math.floor(random() * 4)] ?? 0, random)
      clients += 1
      const lines = heard.split('\r\n')
      const tls = lines[0]?.startsWith('\x15') || heard.includes('\x15\x03')
      if (!tls) for (const line of lines.slice(0, -1)) expect(line).toMatch(/^[2345]\d\d[ -]/)
      answered += heard.match(/^250 2\.0\.0 OK id=|^250 OK id=/gm)?.length ?? 0
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, worker))
  await until(() => door.server.openConnections() === 0, { what: 'all connections to end', timeoutMs: 10_000 })
  expect(door.server.bytesReceiving()).toBe(0)
  const stored = await storedMessages(door.database.db)
  // Two endpoints make two messages of one mail; a client that hung up may not have heard its 250
  const mails = new Set(stored.map(({ raw }) => raw)).size
  console.log(`${clients} clients, ${answered} mails answered with 250, ${mails} different ones stored, seed ${SEED}`)
  expect(stored.length).toBeGreaterThanOrEqual(answered)
  const { values } = await door.metrics.smtp.exceptions.get()
  expect(values).toEqual([])
  await playDialogue('S: 220 *\nC: NOOP\nS: 250 *\nC: QUIT\nS: 221 *\nEOF', { port: door.ports.mx })
})
