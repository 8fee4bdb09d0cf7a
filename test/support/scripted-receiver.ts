/** A mail server that misbehaves on demand: refuses, stalls, cuts the line and breaks TLS, at the stage that a script names. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { createSecureContext, TLSSocket } from 'node:tls'
import { type ByteReader, readBytes } from './byte-reader.ts'
import { type Certificate, makeCertificate } from './certificate.ts'
import { type Script, type Step, stageOf, type Turn, turnFor } from './smtp-script.ts'

export type ScriptedMail = {
  readonly connection: number
  readonly mailFrom: string
  readonly rcptTo: readonly string[]
  /** As it came, without the final dot and with dots still doubled. */
  readonly raw: Buffer
  readonly tls: boolean
  /** What was said at the final dot; a mail may be kept and yet refused. */
  readonly reply: string
}

export type ScriptedReceiver = AsyncDisposable & {
  readonly host: string
  readonly port: number
  readonly certificate: Certificate
  readonly mails: readonly ScriptedMail[]
  /** Every command line, in order. */
  readonly commands: readonly { readonly connection: number; readonly line: string }[]
  readonly connections: { readonly total: number; readonly open: number; readonly openMax: number }
  /** How many mails came to their final dot on each connection, in the order of the connections. */
  readonly mailsPerConnection: () => number[]
  /** Another script from now on, for running dialogues too. */
  readonly play: (script: Script) => void
  /** Nobody listens, so that connecting is refused; open dialogues go on. */
  readonly refuse: () => Promise<void>
  readonly listen: () => Promise<void>
}

export type ScriptedReceiverOptions = {
  readonly script?: Script
  readonly host?: string
  readonly port?: number
  /** TLS from the first byte, as on port 465. */
  readonly secure?: boolean
  /** What EHLO lists. With `AUTH PLAIN` it takes any password. */
  readonly features?: readonly string[]
  readonly certificate?: Certificate
}

const FEATURES: readonly string[] = ['PIPELINING', 'SIZE 52428800', 'STARTTLS', '8BITMIME', 'ENHANCEDSTATUSCODES', 'SMTPUTF8']

export async function startScriptedReceiver(options: ScriptedReceiverOptions = {}): Promise<ScriptedReceiver> {
  const { host = '127.0.0.1', features = FEATURES, secure = false } = options
  const certificate = options.certificate ?? (await makeCertificate({ names: ['scripted.test', 'localhost', '127.0.0.1'] }))
  const ending = new AbortController()
  const state: State = { script: options.script ?? {}, secure, features, certificate, signal: ending.signal, mails: [], commands: [] }
  const connections = { total: 0, open: 0, openMax: 0 }
  const sockets = new Set<Socket>()
  const accept = (socket: Socket) => {
    connections.total += 1
    connections.open += 1
    connections.openMax = Math.max(connections.openMax, connections.open)
    sockets.add(socket)
    socket.on('close', () => {
      connections.open -= 1
      sockets.delete(socket)
    })
    socket.on('error', () => undefined) // the client's resets are part of the play
    void new Dialogue(socket, connections.total, state).run().catch(() => socket.destroy())
  }
  let server = await listenAt(accept, host, options.port ?? 0)
  const port = portOf(server)

  return {
    host,
    port,
    certificate,
    mails: state.mails,
    commands: state.commands,
    connections,
    mailsPerConnection: () => Array.from({ length: connections.total }, (_, n) => state.mails.filter((m) => m.connection === n + 1).length),
    play: (script) => {
      state.script = script
    },
    refuse: async () => {
      server.close()
      // A closed server is only told so when its last connection ends; it stops listening at once.
    },
    listen: async () => {
      server = await listenAt(accept, host, port)
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort()
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

async function listenAt(accept: (socket: Socket) => void, host: string, port: number): Promise<Server> {
  const server = createServer({ noDelay: true }, accept)
  server.listen(port, host)
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen on a port')
  return address.port
}

type State = {
  script: Script
  readonly secure: boolean
  readonly features: readonly string[]
  readonly certificate: Certificate
  readonly signal: AbortSignal
  readonly mails: ScriptedMail[]
  readonly commands: { connection: number; line: string }[]
}

class Dialogue {
  private socket: Socket
  private reader: ByteReader
  private tls = false
  private message = 1
  private mailFrom: string | undefined
  private rcptTo: string[] = []
  private readonly number: number
  private readonly state: State

  constructor(socket: Socket, number: number, state: State) {
    this.socket = socket
    this.number = number
    this.state = state
    this.reader = readBytes(socket)
  }

  async run(): Promise<void> {
    if (this.state.secure) this.secure()
    await this.act('connect', '')
    for (;;) {
      const line = await this.reader.line()
      if (line === undefined) return void this.socket.end()
      this.state.commands.push({ connection: this.number, line })
      await this.obey(line)
    }
  }

  private async obey(line: string): Promise<void> {
    const stage = stageOf(line)
    const said = await this.act(stage, line)
    const positive = said.startsWith('2')
    if (stage === 'mail' && positive) this.begin(pathIn(line))
    if (stage === 'rcpt' && positive) this.rcptTo.push(pathIn(line))
    if (stage === 'rset' || stage === 'ehlo' || stage === 'helo') this.begin(undefined)
    if (stage === 'starttls' && said.startsWith('220')) this.secure()
    if (stage === 'data' && said.startsWith('354')) await this.content()
  }

  private begin(mailFrom: string | undefined): void {
    this.mailFrom = mailFrom
    this.rcptTo = []
  }

  private async content(): Promise<void> {
    const end = '\r\n.\r\n'
    const bytes = await this.reader.through(end)
    if (!bytes) return
    const { number: connection, mailFrom = '', rcptTo, tls } = this
    const mail = { connection, mailFrom, rcptTo, tls, raw: bytes.subarray(0, -3), reply: '' }
    this.state.mails.push(mail)
    mail.reply = await this.act('content', '.')
    this.message += 1
    this.begin(undefined)
  }

  /** @returns what was replied, or nothing when nothing was. */
  private async act(stage: Step['stage'], line: string): Promise<string> {
    const { number: connection, message, mailFrom, rcptTo, tls } = this
    const turn = turnFor(this.state.script, { stage, line, connection, message, mailFrom, rcptTo, tls }, this.state.features)
    if (turn.resetAfterBytes !== undefined) this.reader.allow(turn.resetAfterBytes, () => reset(this.socket))
    await this.stall(turn.stallMs ?? 0)
    const said = typeof turn.reply === 'string' ? [turn.reply] : (turn.reply ?? [])
    this.send(turn, said)
    return said.at(-1) ?? ''
  }

  private send({ raw = '', breakTls, ending }: Turn, said: readonly string[]): void {
    const text = said.map((line) => `${line}\r\n`).join('') + raw
    if (text && !this.socket.destroyed) this.socket.write(text)
    if (breakTls) this.socket.end('this is no handshake\r\n')
    if (ending === 'close') this.socket.end()
    if (ending === 'reset') reset(this.socket)
  }

  private async stall(ms: number): Promise<void> {
    if (ms === 0) return
    const { signal } = this.state
    if (Number.isFinite(ms)) await wait(ms, undefined, { signal })
    else await Promise.race([once(this.socket, 'close', { signal }), once(signal, 'abort')])
  }

  private secure(): void {
    if (this.socket.writableEnded) return // a script has broken the handshake
    this.reader.release()
    const { key, cert } = this.state.certificate
    const secured = new TLSSocket(this.socket, { isServer: true, secureContext: createSecureContext({ key, cert }) })
    secured.on('error', () => this.socket.destroy())
    this.socket = secured
    this.reader = readBytes(secured)
    this.tls = true
  }
}

/** The line below TLS must not be torn away, so there it ends with FIN and without close_notify. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}

const pathIn = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? ''
