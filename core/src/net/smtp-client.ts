/** Opens SMTP sessions: connects, greets, secures, logs in, and falls back where that is allowed. RFC 5321, RFC 3207 */
import type { X509Certificate } from 'node:crypto'
import { connect, isIPv6, Socket } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, TLSSocket } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SmtpFault, SmtpResult } from '../domain/smtp-reply.ts'
import { fault, smtpFailure } from './smtp-failure.ts'
import { FINAL_DOT_TIMEOUT_MS, type SmtpSessionOptions, type SmtpTls } from './smtp-options.ts'
import { SmtpSession } from './smtp-session.ts'
import { connectBySocks } from './socks.ts'
import type { Resumption } from './tls-sessions.ts'
import { createTranscript, type Transcript } from './transcript.ts'

export type SmtpOpening =
  | { readonly kind: 'open'; readonly session: SmtpSession }
  /** In the order of the tries; empty when there was nothing to try. */
  | { readonly kind: 'failed'; readonly failures: readonly { readonly ip: string; readonly result: SmtpResult }[] }

/** Tries the addresses in turn; the first that gives a session ends the search. */
export async function openSmtpSession(options: SmtpSessionOptions): Promise<SmtpOpening> {
  const failures: { ip: string; result: SmtpResult }[] = []
  for (const ip of options.addresses) {
    if (localAddress(options, ip) === null) continue
    const opened = await openAt(ip, options)
    if (opened instanceof SmtpSession) return { kind: 'open', session: opened }
    failures.push({ ip, result: opened })
    if (options.signal?.aborted) break
  }
  return { kind: 'failed', failures }
}

/** Null when the sender's pool address has no counterpart in the target's family. */
function localAddress({ localAddresses, socksProxy }: SmtpSessionOptions, ip: string): string | null | undefined {
  return localAddresses === undefined || socksProxy ? undefined : isIPv6(ip) ? localAddresses.ipv6 : localAddresses.ipv4
}

async function openAt(ip: string, options: SmtpSessionOptions): Promise<SmtpSession | SmtpResult> {
  if (!options.mayConnect(ip)) return fault({ stage: 'connect', reason: 'forbidden', text: `${ip} is not an address that mail may go to` })

  const { host, port, tls, plainHosts } = options
  const place = `${host}:${port}`
  if (tls.mode !== 'opportunistic') return startSession(ip, tls, options)
  if (plainHosts?.has(place)) return startSession(ip, { ...tls, mode: 'none' }, options)

  const opened = await startSession(ip, tls, options)
  if (opened instanceof SmtpSession || opened.stage !== 'starttls' || options.signal?.aborted) return opened
  plainHosts?.add(place)
  return startSession(ip, { ...tls, mode: 'none' }, options)
}

/** Resumes a TLS session when one is kept; a handshake that it spoils is done again in full, so that nothing is given up for it. */
async function startSession(ip: string, tls: SmtpTls, options: SmtpSessionOptions): Promise<SmtpSession | SmtpResult> {
  const { host, port, tlsSessions, signal } = options
  const resumption = tlsSessions?.({ host, ip, port, tls })
  const opened = await connectOnce({ ip, tls, resumption }, options)
  if (opened instanceof SmtpSession || opened.stage !== 'starttls' || !resumption?.session || signal?.aborted) return opened
  resumption.forget()
  return connectOnce({ ip, tls, resumption: tlsSessions?.({ host, ip, port, tls }) }, options)
}

type Try = { readonly ip: string; readonly tls: SmtpTls; readonly resumption: Resumption | undefined }

/** One connection, from SYN to the last reply before MAIL. */
async function connectOnce({ ip, tls, resumption }: Try, options: SmtpSessionOptions): Promise<SmtpSession | SmtpResult> {
  const socket = await openSocket(ip, options)
  if (!(socket instanceof Socket)) return socket
  const transcript = createTranscript()
  const connection = new SMTPConnection({
    logger: transcript.logger,
    transactionLog: true,
    connection: socket,
    host: options.host,
    port: options.port,
    name: options.heloName,
    lmtp: options.protocol === 'lmtp',
    secure: tls.mode === 'implicit',
    ignoreTLS: tls.mode === 'none',
    requireTLS: tls.mode === 'required',
    opportunisticTLS: tls.mode === 'opportunistic',
    tls: { ...tlsOptions(tls, options.host), ...(resumption?.session ? { session: resumption.session } : {}) },
    connectionTimeout: options.openTimeoutMs + options.readTimeoutMs,
    greetingTimeout: options.readTimeoutMs,
    socketTimeout: options.readTimeoutMs,
    maxResponseSize: RESPONSE_BYTES_MAX,
  })
  const failure = (await greet(connection, options)) ?? judgePeer(connection, tls) ?? (await logIn(connection, tls, options))
  if (failure === undefined) return sessionOf(connection, ip, { ...options, transcript, resumption })
  connection.close()
  return failure
}

/** Before anything is said that is worth protecting. */
function judgePeer({ _socket: socket }: SMTPConnection, { judge }: SmtpTls): SmtpFault | undefined {
  if (!judge) return undefined
  const wrong = socket instanceof TLSSocket ? judge(chainOf(socket)) : 'The connection is not encrypted'
  return wrong === undefined ? undefined : fault({ stage: 'starttls', reason: 'tls', text: wrong })
}

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = []
  // Each certificate names its issuer, the last one itself or none.
  for (let at = socket.getPeerX509Certificate(); at && !chain.some((known) => known.fingerprint256 === at?.fingerprint256); ) {
    chain.push(at)
    at = at.issuerCertificate
  }
  return chain
}

const RESPONSE_BYTES_MAX = 64 * 1024

function openSocket(ip: string, options: SmtpSessionOptions): Promise<Socket | SmtpFault> {
  const { port, openTimeoutMs, signal, socksProxy } = options
  const source = localAddress(options, ip)
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(CANCELLED)
    const next = socksProxy ? { host: socksProxy.host, port: socksProxy.port } : { host: ip, port }
    const socket = connect({ ...next, ...(source ? { localAddress: source } : {}) })
    const settle = (outcome: Socket | SmtpFault) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      socket.off('error', refused)
      if (outcome !== socket) socket.on('error', () => undefined).destroy()
      resolve(outcome)
    }
    const refused = (error: Error) => settle(fault({ stage: 'connect', reason: 'closed', text: error.message }))
    const cancel = () => settle(CANCELLED)
    const timer = setTimeout(() => settle(fault({ stage: 'connect', reason: 'timeout', text: 'Connection timed out' })), openTimeoutMs)
    signal?.addEventListener('abort', cancel, { once: true })
    socket.once('error', refused)
    const done = () => settle(socket)
    socket.once('connect', () => {
      if (socksProxy) connectBySocks(socket, socksProxy, { ip, port, timeoutMs: openTimeoutMs }).then(done, refused)
      else done()
    })
  })
}

const CANCELLED = fault({ stage: 'connect', reason: 'cancelled', text: 'The session was cancelled' })

/** From the banner to the last EHLO; undefined when all went well. */
function greet(connection: SMTPConnection, { signal }: SmtpSessionOptions): Promise<SmtpResult | undefined> {
  return new Promise((resolve) => {
    const cancel = () => connection.close()
    const settle = (result: SmtpResult | undefined) => {
      signal?.removeEventListener('abort', cancel)
      resolve(result)
    }
    signal?.addEventListener('abort', cancel, { once: true })
    connection.on('error', (error) => settle(smtpFailure(error, { stage: openingStage(connection), dotSent: false })))
    connection.once('end', () => settle(CANCELLED))
    connection.connect((error) => settle(error && smtpFailure(error, { stage: openingStage(connection), dotSent: false })))
  })
}

function openingStage(connection: SMTPConnection): 'starttls' | 'greeting' | 'ehlo' {
  if (connection.upgrading === true) return 'starttls'
  return /^2/.test(connection.lastServerResponse || '') ? 'ehlo' : 'greeting'
}

async function logIn(connection: SMTPConnection, tls: SmtpTls, { auth }: SmtpSessionOptions): Promise<SmtpResult | undefined> {
  if (auth === undefined) return undefined
  // Only an operator who chose to do without TLS sends a password in clear; who strips STARTTLS from the wire does not get it.
  if (!connection.secure && tls.mode !== 'none') {
    return fault({ stage: 'auth', reason: 'tls', text: 'The server offers no TLS, and passwords are not sent in clear' })
  }
  return new Promise((resolve) => {
    connection.once('end', () => resolve(CANCELLED))
    connection.login({ credentials: { user: auth.user, pass: auth.password } }, (error) =>
      resolve(error === null ? undefined : smtpFailure(error, { stage: 'auth', dotSent: false })),
    )
  })
}

function tlsOptions({ mode, verify, names }: SmtpTls, host: string): ConnectionOptions {
  // Any encryption is better than none, also an old one. RFC 7435 §3
  if (mode === 'opportunistic' || !verify) return { rejectUnauthorized: false, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }
  const accepted = names ?? [host]
  return {
    rejectUnauthorized: true,
    checkServerIdentity: (_, certificate) => {
      const errors = accepted.map((name) => checkServerIdentity(name, certificate))
      return errors.includes(undefined) ? undefined : errors[0]
    },
  }
}

type Greeted = SmtpSessionOptions & { readonly transcript: Transcript; readonly resumption: Resumption | undefined }

function sessionOf(connection: SMTPConnection, ip: string, options: Greeted): SmtpSession | SmtpFault {
  const socket = connection._socket
  if (!socket || connection.destroyed) return fault({ stage: 'ehlo', reason: 'closed', text: 'Connection closed unexpectedly' })
  const encrypted = socket instanceof TLSSocket ? socket : undefined
  const secure = encrypted ? { version: encrypted.getProtocol() ?? '', cipher: encrypted.getCipher().name } : null
  if (encrypted) options.resumption?.keep(encrypted)
  const { host: hostname, port, readTimeoutMs, finalDotTimeoutMs = FINAL_DOT_TIMEOUT_MS, signal } = options
  connection.removeAllListeners('error')
  const resumed = encrypted?.isSessionReused() === true
  const facts = { endpoint: { ip, port, hostname }, secure, resumed, extensions: extensionsOf(connection), transcript: options.transcript }
  return new SmtpSession(connection, socket, facts, { readTimeoutMs, finalDotTimeoutMs, signal })
}

/** The lines of the EHLO reply that counts, which nodemailer keeps but does not declare; none after HELO. */
function extensionsOf(connection: SMTPConnection): string[] {
  const lines: unknown = Reflect.get(connection, '_ehloLines')
  return Array.isArray(lines) ? lines.map((line) => String(line).toUpperCase()) : []
}
