/** One port: accepts sockets, believes trusted proxies, refuses who is too many, and starts a connection for each of the rest. */
import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection'
import { traceToken } from '../domain/token.ts'
import { TLS_VERSION_MIN, type TlsMaterial } from './certificates.ts'
import { Connection } from './connection.ts'
import type { ConnectionLimits } from './connection-limits.ts'
import type { ListenerSettings } from './deps.ts'
import type { Dialogue } from './dialogue.ts'
import { plainIp } from './networks.ts'
import { type Policy, policyFor } from './policy.ts'
import { readProxyHeader } from './read-proxy-header.ts'
import { formatReply, type Reply, reply } from './replies.ts'
import { reverseName } from './reverse-name.ts'
import type { Services } from './services.ts'
import type { Transcript } from './transcript.ts'
import type { Verdict } from './verdict.ts'

export type ListenerContext = {
  readonly settings: ListenerSettings
  readonly services: Services
  readonly transcript: Transcript
  readonly limits: ConnectionLimits
  readonly isTrustedProxy: (ip: string) => boolean
  readonly tls: TlsMaterial | null
}

/** Until its PROXY header and its TLS handshake are done, a client has no dialogue that could time out. */
const PENDING_MS_MAX = 30_000

/** `refusal`: how the client is refused when there are too many. */
type Admission = { readonly refusal: Verdict | undefined; readonly leave: () => void }

type AcceptedSocket = SMTPConnectionOptions & { readonly id: string }

export class Listener extends SMTPServer {
  readonly #context: ListenerContext
  readonly policy: Policy
  /** By trace, from the moment a socket is accepted until it has its connection. */
  readonly #admissions = new Map<string, Admission>()
  readonly #pendingSince = new WeakMap<Socket, number>()

  constructor(context: ListenerContext) {
    const policy = policyFor(context.settings.kind, context.settings.policy)
    super(toOptions(context, policy))
    this.#context = context
    this.policy = policy
    this.on('error', (error: Error) => context.services.log.debug({ event: 'smtp.socket_fault', error }, 'A connection failed'))
  }

  get dialogues(): Connection[] {
    return [...this.connections].filter((connection) => connection instanceof Connection)
  }

  bind(): Promise<AddressInfo> {
    const { address, port, ipv6Only = false } = this.#context.settings
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen({ host: address, port, ipv6Only, reusePort: this.#context.services.settings.reusePort }, () => {
        this.server.off('error', reject)
        resolve(this.server.address() as AddressInfo) // a string only for pipes
      })
    })
  }

  useCertificates(tls: TlsMaterial): void {
    this.updateSecureContext({ key: tls.key, cert: tls.cert, sniOptions: new Map(tls.sniOptions) })
  }

  /** Looks after clients that are too slow. */
  checkPatience(now: Date, memoryShort: boolean): void {
    for (const connection of this.dialogues) connection.checkPatience(now, memoryShort)
    for (const [socket, top] of this._pendingSockets) {
      const since = this.#pendingSince.get(socket) ?? now.getTime()
      this.#pendingSince.set(socket, since)
      if (now.getTime() - since > PENDING_MS_MAX) top.destroy()
    }
  }

  override _expectsProxyHeader(socket: Socket): boolean {
    return this.#context.isTrustedProxy(plainIp(socket.remoteAddress ?? ''))
  }

  /** Called for every socket, before TLS: the first moment at which we know who the client is. */
  override _handleProxy(socket: Socket, callback: (error: Error | null, socketOptions?: AcceptedSocket) => void): void {
    if (!this._expectsProxyHeader(socket)) {
      this.#admit(socket, {}, callback)
      return
    }
    this.#context.services.metrics.smtp.commands.inc({ command: 'PROXY' })
    void readProxyHeader(socket).then((source) => {
      if (source !== 'invalid') return this.#admit(socket, source ? { remoteAddress: source.ip, remotePort: source.port } : {}, callback)
      this.#context.services.metrics.smtp.clientErrors.inc({ error: 'proxy-error' })
      this.#dismiss(socket, reply.proxyError)
      callback(new Error('no PROXY header from a trusted proxy'))
    })
  }

  #admit(socket: Socket, source: SMTPConnectionOptions, callback: (error: Error | null, socketOptions?: AcceptedSocket) => void): void {
    const { limits, services } = this.#context
    const ip = plainIp(source.remoteAddress ?? socket.remoteAddress ?? '')
    const id = traceToken(services.randomBytes)
    const refusal = limits.enter(ip, this.policy.limits)
    const leave = refusal ? () => undefined : this.#counted(ip)
    socket.once('close', leave)
    if (refusal && this.options.secure) {
      services.metrics.smtp.clientErrors.inc({ error: refusal.clientError ?? '' })
      this.#dismiss(socket, undefined) // it would not understand a reply in clear
      callback(new Error('too many connections'))
      return
    }
    this.#admissions.set(id, { refusal, leave })
    socket.once('close', () => this.#admissions.delete(id))
    callback(null, { ...source, remoteAddress: ip, id })
  }

  /** @returns what to do when it leaves; doing it twice does no harm. */
  #counted(ip: string): () => void {
    const { limits, services } = this.#context
    let here = true
    services.metrics.smtp.open.inc()
    return () => {
      if (!here) return
      here = false
      limits.leave(ip)
      services.metrics.smtp.open.dec()
    }
  }

  #dismiss(socket: Socket, said: Reply | undefined): void {
    socket.on('error', () => undefined)
    if (said && !this.options.secure) socket.end(formatReply(said, false), () => socket.destroy())
    else socket.destroy()
  }

  override connect(socket: Socket, options: SMTPConnectionOptions = {}): void {
    const { services, transcript, settings } = this.#context
    const trace = options.id ?? traceToken(services.randomBytes)
    const admission = this.#admissions.get(trace)
    this.#admissions.delete(trace)
    const ip = plainIp(options.remoteAddress ?? socket.remoteAddress ?? '')
    const connection = new Connection(this, socket, options, {
      services,
      transcript,
      refusal: admission?.refusal,
      newDialogue: {
        trace,
        hostname: settings.hostname ?? services.settings.hostname,
        policy: this.policy,
        client: { ip, port: options.remotePort ?? 0, ptr: reverseName(ip, { ...services, ptrTimeoutMs: services.settings.ptrTimeoutMs }) },
        tlsAvailable: this.#context.tls !== null,
        secure: this.options.secure === true,
      },
      onClosed: (dialogue) => {
        admission?.leave() // smtp-server takes all listeners from the bare socket at STARTTLS, ours too
        this.#closed(dialogue)
      },
    })
    this.connections.add(connection)
    connection.on('error', (error: Error) =>
      services.log.debug({ event: 'smtp.socket_fault', dialogue: trace, error }, 'A connection failed'),
    )
    this.#opened(connection.dialogue)
    connection.init()
  }

  #opened({ trace, client, secure }: Dialogue): void {
    const { services } = this.#context
    services.metrics.smtp.connections.inc()
    if (secure) services.metrics.smtp.tlsConnections.inc()
    if (this.#logs(client.ip)) services.mailLog.smtpConnection({ dialogue: trace, ipAddress: client.ip })
  }

  #closed({ trace, client, messages }: Dialogue): void {
    if (this.#logs(client.ip)) this.#context.services.mailLog.smtpClosed({ dialogue: trace, ipAddress: client.ip, messages })
  }

  #logs(ip: string): boolean {
    const { logConnections, logExclusion } = this.#context.services.settings
    return logConnections && !logExclusion?.test(ip)
  }
}

function toOptions({ settings, services, tls }: ListenerContext, { limits }: Policy): SMTPServerOptions {
  const implicit = settings.kind === 'submissions'
  return {
    secure: implicit,
    name: settings.hostname ?? services.settings.hostname,
    logger: false,
    maxClients: limits.connectionsMax,
    socketTimeout: limits.idleMs,
    disableReverseLookup: true,
    allowHalfOpen: true, // a client may close its side and still wait for the reply to its mail
    minVersion: TLS_VERSION_MIN,
    ...(services.settings.tls?.ciphers ? { ciphers: services.settings.tls.ciphers } : {}),
    ...(tls ? { key: tls.key, cert: tls.cert, sniOptions: new Map(tls.sniOptions) } : {}),
  }
}
