/** A scripted SMTP server on a real socket: says what it is told to, and keeps what it hears. */
import { createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { afterEach } from 'vitest'
import { certificate } from './certificate.fixture.ts'
import { openSmtpSession } from './smtp-client.ts'
import type { SmtpSessionOptions } from './smtp-options.ts'
import type { SmtpSession } from './smtp-session.ts'

/** What the server says to each verb, `greeting` and `final` included; `hangup` closes, `silence` waits for ever, `garbage` breaks TLS. */
export type Script = Partial<Record<string, string>>
export type Player = { port: number; lines: string[]; bodies: string[]; sockets: Socket[]; script: Script }

const servers: Server[] = []
export const ANSWERS: Script = {
  greeting: '220 mx',
  EHLO: '250 mx',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go',
  final: '250 2.0.0 queued',
  RSET: '250 ok',
  QUIT: '221 bye',
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

export async function play(script: Script = {}, { address = '127.0.0.1', implicitTls = false } = {}): Promise<Player> {
  const { secureContext } = certificate()
  const player: Player = { port: 0, lines: [], bodies: [], sockets: [], script: { ...ANSWERS, ...script } }
  const server = createServer((plain) => serve(implicitTls ? new TLSSocket(plain, { isServer: true, secureContext }) : plain, player, true))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  return Object.assign(player, { port: bound.port })
}

function serve(socket: Socket, player: Player, greet: boolean): void {
  player.sockets.push(socket)
  const state = { buffer: '', inData: false }
  if (greet) say(socket, player, 'greeting')
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    state.buffer += chunk.toString('latin1')
    for (let piece = take(state); piece !== undefined; piece = take(state)) {
      if (state.inData) {
        state.inData = false
        player.bodies.push(piece)
        say(socket, player, 'final')
      } else if (command(piece, socket, player) === 'data') state.inData = true
    }
  })
}

/** A line, or in data all up to the lone dot. */
function take(state: { buffer: string; inData: boolean }): string | undefined {
  const terminator = state.inData ? '\r\n.\r\n' : '\r\n'
  const end = state.buffer.indexOf(terminator)
  if (end < 0) return undefined
  const piece = state.buffer.slice(0, end)
  state.buffer = state.buffer.slice(end + terminator.length)
  return piece
}

function command(line: string, socket: Socket, player: Player): 'data' | 'command' {
  player.lines.push(line)
  const verb = line.split(' ')[0] ?? ''
  if (verb === 'STARTTLS' && player.script[verb] === undefined) upgrade(socket, player)
  else say(socket, player, verb)
  return verb === 'DATA' && player.script[verb]?.startsWith('354') ? 'data' : 'command'
}

function say(socket: Socket, player: Player, key: string): void {
  const answer = player.script[key] ?? '502 what'
  if (answer === 'hangup') socket.destroy()
  else if (answer === 'garbage') talkGarbage(socket)
  else if (answer !== 'silence') socket.write(`${answer}\r\n`)
}

/** Agrees to TLS, and answers the handshake with something else. */
function talkGarbage(socket: Socket): void {
  socket.removeAllListeners('data')
  socket.once('data', () => socket.write('this is not TLS'))
  socket.write('220 go\r\n')
}

function upgrade(socket: Socket, player: Player): void {
  socket.removeAllListeners('data')
  socket.write('220 go\r\n')
  serve(new TLSSocket(socket, { isServer: true, secureContext: certificate().secureContext }), player, false)
}

export const options = (port: number, more: Partial<SmtpSessionOptions> = {}): SmtpSessionOptions => ({
  host: 'mx.test',
  addresses: ['127.0.0.1'],
  port,
  mayConnect: () => true,
  heloName: 'out.example.com',
  tls: { mode: 'opportunistic', verify: false },
  openTimeoutMs: 2_000,
  readTimeoutMs: 2_000,
  ...more,
})

export async function open(port: number, more: Partial<SmtpSessionOptions> = {}): Promise<SmtpSession> {
  const opening = await openSmtpSession(options(port, more))
  if (opening.kind === 'failed') throw new Error(JSON.stringify(opening.failures))
  return opening.session
}

export async function failures(port: number, more: Partial<SmtpSessionOptions> = {}) {
  const opening = await openSmtpSession(options(port, more))
  return opening.kind === 'failed' ? opening.failures.map(({ result }) => result) : []
}

export const mail = (text = 'Subject: hi\r\n\r\nhello\r\n', beforeFinalDot: () => Promise<void> = async () => undefined) => ({
  mailFrom: 'abc+tok@rp.example.com',
  rcptTo: 'ann@example.org',
  data: Buffer.from(text),
  beforeFinalDot,
})
