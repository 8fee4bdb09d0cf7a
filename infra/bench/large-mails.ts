/** Memory of the smtp role while many clients hand in very large mails at once: it grows by what is configured and no more. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { createCredential } from '@posthaste/core/manage/credentials.ts'
import { type Bench, scaled } from './bench.ts'
import { FROM, TO } from './mail.ts'
import { openBench } from './open.ts'
import { compareLess } from './result.ts'
import { peakMegabytes, residentMegabytes } from './usage.ts'

const CLIENTS = 100
const MAIL_MB = 25
const CONFIGURED_MB = 400
const LINES_PER_CHUNK = 1_000
const LINE = Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(LINES_PER_CHUNK))
const RETRY_MS = 500
const REPLY_TIMEOUT_MS = 120_000

export const largeMailsBench: Bench = async (options) => {
  await using installation = await openBench(options, {
    SMTP_SERVER_MAX_MESSAGE_SIZE: String(MAIL_MB + 1),
    POSTHASTE_SMTP_MEMORY_MAX: String(CONFIGURED_MB),
  })
  const { manage, mailServerId, ports } = installation
  await createCredential(manage, { mailServerId, type: 'smtp_ip', name: 'loopback', network: '127.0.0.0/8' })
  const { pid } = await installation.start('smtp')
  const empty = await residentMegabytes(pid)
  const clients = scaled(CLIENTS, options)
  const refused = { count: 0 }
  const peak = await peakMegabytes([pid], async () => {
    await Promise.all(Array.from({ length: clients }, () => handIn(ports.smtp, refused)))
  })
  const stored = await installation.queued()
  if (stored !== clients) throw new Error(`${stored} mails are queued where ${clients} were accepted`)
  const note =
    `growth of the smtp role's peak RSS (from ${Math.round(empty)} MB) with ${clients} clients and ${MAIL_MB} MB each; the peer is what is configured; ` +
    `all were stored, after ${refused.count} requests to come later`
  const goal = { name: 'large-mails', unit: 'MB', peer: 'configured', peerValue: CONFIGURED_MB, goal: 1, note }
  return [compareLess({ ...goal, value: peak - empty })]
}

/** Comes again when it is asked to. */
async function handIn(port: number, refused: { count: number }): Promise<void> {
  while (!(await sendLarge(port))) {
    refused.count += 1
    await wait(RETRY_MS * (1 + Math.random()))
  }
}

/** @returns false when the server has no memory for it now */
async function sendLarge(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port }).setTimeout(REPLY_TIMEOUT_MS, () => socket.destroy(new Error('no reply')))
  const replies = socket[Symbol.asyncIterator]()
  const reply = async (): Promise<string> => String((await replies.next()).value ?? '')
  const ask = (command: string): Promise<string> => {
    socket.write(command)
    return reply()
  }
  try {
    wanted(await reply(), '220')
    wanted(await ask('EHLO client.test\r\n'), '250')
    const begun = await ask(`MAIL FROM:<${FROM}> SIZE=${MAIL_MB * 1_000_000}\r\n`)
    if (begun.startsWith('452')) return false
    wanted(begun, '250')
    wanted(await ask(`RCPT TO:<${TO}>\r\n`), '250')
    const ready = await ask('DATA\r\n')
    if (ready.startsWith('452')) return false
    wanted(ready, '354')
    socket.write(`From: ${FROM}\r\nSubject: large\r\n\r\n`)
    for (let sent = 0; sent < MAIL_MB * 1_000_000; sent += LINE.length) if (!socket.write(LINE)) await once(socket, 'drain')
    const said = await ask('.\r\n')
    if (said.startsWith('452')) return false
    wanted(said, '250')
    return true
  } finally {
    socket.destroy()
  }
}

function wanted(said: string, code: string): void {
  if (!said.startsWith(code)) throw new Error(`the server answered ${said.slice(0, 100).trim()} where ${code} was expected`)
}
