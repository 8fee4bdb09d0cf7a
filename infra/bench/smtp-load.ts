/** A load generator that smtp-source is not: many sockets from many local addresses, paced, with the latency of every final reply. */
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export type SmtpConnection = Disposable & {
  /** One whole mail. @returns milliseconds from the last byte of the mail to the final reply */
  readonly send: (mail: SmtpMail) => Promise<number>
}

export type SmtpMail = { readonly from: string; readonly to: string; readonly data: string }

export type SmtpPlace = { readonly port: number; readonly localAddress?: string }

const REPLY_TIMEOUT_MS = 60_000

/** Greeted and ready for mail. */
async function openSmtp({ port, localAddress = '127.0.0.1' }: SmtpPlace): Promise<SmtpConnection> {
  const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true })
  const replies = readReplies(socket)
  const ask = async (command: string, wanted: string): Promise<void> => {
    socket.write(command)
    expectCode(await replies.next(), wanted)
  }
  expectCode(await replies.next(), '220')
  await ask('EHLO client.test\r\n', '250')
  return {
    send: async ({ from, to, data }) => {
      await ask(`MAIL FROM:<${from}>\r\n`, '250')
      await ask(`RCPT TO:<${to}>\r\n`, '250')
      await ask('DATA\r\n', '354')
      const start = performance.now()
      await ask(`${data}.\r\n`, '250')
      return performance.now() - start
    },
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

function expectCode(reply: string, wanted: string): void {
  if (!reply.startsWith(wanted)) throw new Error(`the server answered ${reply.trim()} where ${wanted} was expected`)
}

/** Last lines of replies, one after the other. RFC 5321 §4.2.1 */
function readReplies(socket: Socket): { next: () => Promise<string> } {
  const lines: string[] = []
  let rest = ''
  let ended: Error | undefined
  let wake: (() => void) | undefined
  const tell = () => wake?.()
  socket.setEncoding('latin1').on('data', (text: string) => {
    const parts = (rest + text).split('\r\n')
    rest = parts.pop() ?? ''
    for (const line of parts) if (/^\d{3}(?!-)/.test(line)) lines.push(line)
    tell()
  })
  const end = (fault?: Error) => {
    ended ??= fault ?? new Error('the server has closed the connection')
    tell()
  }
  socket.on('error', end).on('close', () => end())
  socket.setTimeout(REPLY_TIMEOUT_MS)
  return {
    next: async () => {
      for (;;) {
        const line = lines.shift()
        if (line !== undefined) return line
        if (ended) throw ended
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

/** All greeted, opened a few at a time, as a backlog of the system is short. */
export async function openMany(places: readonly SmtpPlace[], atOnce = 50): Promise<SmtpConnection[]> {
  const opened: SmtpConnection[] = []
  for (let from = 0; from < places.length; from += atOnce) {
    opened.push(...(await Promise.all(places.slice(from, from + atOnce).map(openSmtp))))
  }
  return opened
}

/** Each connection sends as fast as it is answered until all is sent. @returns seconds */
export async function sendAll(connections: readonly SmtpConnection[], mail: SmtpMail, messages: number): Promise<number> {
  const start = performance.now()
  let started = 0
  const work = async (connection: SmtpConnection) => {
    while (started < messages) {
      started += 1
      await connection.send(mail)
    }
  }
  await Promise.all(connections.map(work))
  return (performance.now() - start) / 1000
}

export type Paced = { readonly mail: SmtpMail; readonly messages: number; readonly perSecond: number }

/** Mails are due at even distances, however long the former ones took. @returns latencies of the final replies, and what was reached */
export async function sendPaced(connections: readonly SmtpConnection[], { mail, messages, perSecond }: Paced): Promise<PacedResult> {
  const start = performance.now()
  const latencies: number[] = []
  let next = 0
  const work = async (connection: SmtpConnection) => {
    while (next < messages) {
      const dueInMs = start + (next++ * 1_000) / perSecond - performance.now()
      if (dueInMs > 0) await wait(dueInMs)
      latencies.push(await connection.send(mail))
    }
  }
  await Promise.all(connections.map(work))
  return { latencies, perSecond: (messages * 1_000) / (performance.now() - start) }
}

export type PacedResult = { readonly latencies: readonly number[]; readonly perSecond: number }
