/** One open SMTP session that carries message after message. RFC 5321 §3.3 */
import { isAscii } from 'node:buffer'
import type { Socket } from 'node:net'
import { domainToASCII } from 'node:url'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { isAccepted, parseReply, type SmtpResult, type SmtpStage } from '../domain/smtp-reply.ts'
import { HeldMessage, PIECE_BYTES } from './held-message.ts'
import { fault, smtpFailure } from './smtp-failure.ts'
import type { Transcript } from './transcript.ts'

export type SmtpEndpoint = { readonly ip: string; readonly port: number; readonly hostname: string }

export type SmtpMessage = {
  /** Empty for the null sender. */
  readonly mailFrom: string
  readonly rcptTo: string
  readonly data: Buffer
  /** The final dot is sent only after this: the moment to note durably that the outcome may become unknown. */
  readonly beforeFinalDot: () => Promise<void>
}

export type SmtpSessionFacts = {
  readonly endpoint: SmtpEndpoint
  readonly secure: { readonly version: string; readonly cipher: string } | null
  /** Its TLS session is that of an earlier connection. */
  readonly resumed: boolean
  /** In capitals: `PIPELINING`, `SMTPUTF8`, `SIZE 1000`. */
  readonly extensions: readonly string[]
  readonly transcript: Transcript
}

type Limits = { readonly readTimeoutMs: number; readonly finalDotTimeoutMs: number; readonly signal?: AbortSignal | undefined }

const QUIT_TIMEOUT_MS = 5_000

export class SmtpSession {
  readonly endpoint: SmtpEndpoint
  readonly secure: SmtpSessionFacts['secure']
  readonly resumed: boolean
  readonly extensions: readonly string[]
  readonly #transcript: Transcript
  readonly #connection: SMTPConnection
  readonly #socket: Socket
  readonly #limits: Limits
  /** A refused transaction is still open at the server until RSET. RFC 5321 §4.1.1.5 */
  #resetDue = false
  #cancelled = false

  /** @param connection greeted, and logged in where that is wanted */
  constructor(connection: SMTPConnection, socket: Socket, facts: SmtpSessionFacts, limits: Limits) {
    this.endpoint = facts.endpoint
    this.secure = facts.secure
    this.resumed = facts.resumed
    this.extensions = facts.extensions
    this.#transcript = facts.transcript
    this.#connection = connection
    this.#socket = socket
    this.#limits = limits
    const cancel = () => this.#cancel()
    limits.signal?.addEventListener('abort', cancel, { once: true })
    connection.on('error', () => undefined) // those of a send come by its callback, those of an idle session show in `alive`
    connection.once('end', () => limits.signal?.removeEventListener('abort', cancel))
  }

  /** How the session began, and what was said about its latest message. */
  get transcript(): string {
    return this.#transcript.text()
  }

  get alive(): boolean {
    return !this.#connection.destroyed && this.#socket.writable
  }

  /**
   * Sends one message to one recipient; one call at a time.
   * @throws what `beforeFinalDot` throws; the final dot was not sent then, and the session is closed.
   */
  async send({ mailFrom, rcptTo, data, beforeFinalDot }: SmtpMessage): Promise<SmtpResult> {
    this.#transcript.nextMessage()
    const addresses = [mailFrom, rcptTo].map(asciiDomain)
    if (!addresses.every(isAsciiText) && !this.extensions.includes('SMTPUTF8')) return NEEDS_SMTPUTF8
    if (this.#resetDue && !(await this.reset())) return GONE

    const [from = '', to = ''] = addresses
    const message = new HeldMessage(data, beforeFinalDot)
    this.#followProgress(message, data.length)
    const result = await this.#transact({ from, to: [to], size: data.length, use8BitMime: !isAscii(data) }, message)
    this.#afterwards(result, message)
    if (message.errored !== null) throw message.errored.cause
    return result
  }

  /** RSET; false when the session did not survive it. */
  async reset(): Promise<boolean> {
    const fine = this.alive && (await this.#rset())
    if (!fine) this.#connection.close()
    this.#resetDue = false
    return fine
  }

  /** Says QUIT, and leaves without an answer when none comes. */
  async close(): Promise<void> {
    if (this.#connection.destroyed) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#connection.close(), QUIT_TIMEOUT_MS)
      this.#connection.once('end', () => {
        clearTimeout(timer)
        resolve()
      })
      this.#connection.quit()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #rset(): Promise<boolean> {
    return new Promise((resolve) => {
      const ended = () => resolve(false)
      this.#connection.once('end', ended)
      this.#connection.reset((error) => {
        this.#connection.off('end', ended)
        resolve(error === null)
      })
    })
  }

  #cancel(): void {
    this.#cancelled = true
    this.#connection.close()
  }

  #followProgress(message: HeldMessage, bytes: number): void {
    const socket = this.#socket
    // Small mails leave together with their dot: one packet and one system call less.
    if (bytes <= PIECE_BYTES) message.once('started', () => socket.cork())
    message.once('released', () => {
      socket.setTimeout(this.#limits.finalDotTimeoutMs)
      setImmediate(() => socket.uncork())
    })
  }

  #transact(envelope: SMTPConnection.Envelope, message: HeldMessage): Promise<SmtpResult> {
    return new Promise((resolve) => {
      const stage = () => (message.released ? 'final' : message.started ? 'data' : 'mail')
      // nodemailer closes first and gives its reason just after; only without one is this the answer.
      const ended = () => queueMicrotask(() => resolve(this.#ended(stage(), message.released)))
      this.#connection.once('end', ended)
      this.#connection.send(envelope, message, (error, info) => {
        this.#connection.off('end', ended)
        const lost = { stage: stage(), dotSent: message.released } as const
        if (error !== null) resolve(smtpFailure(error, lost))
        else resolve(message.released ? finalReply(info?.response ?? '') : TOO_EARLY)
      })
    })
  }

  #ended(stage: SmtpStage, uncertain: boolean): SmtpResult {
    const reason = this.#cancelled ? 'cancelled' : 'closed'
    return fault({ stage, reason, text: 'The connection was closed', uncertain })
  }

  #afterwards(result: SmtpResult, message: HeldMessage): void {
    // In the middle of the data there is no way back to commands: what follows would become part of the mail.
    if (message.started && !message.released) this.#connection.close()
    message.destroy()
    this.#resetDue = !isAccepted(result)
    if (this.alive) this.#socket.setTimeout(this.#limits.readTimeoutMs)
  }
}

const GONE = fault({ stage: 'mail', reason: 'closed', text: 'The session has ended' })
const NEEDS_SMTPUTF8 = fault({ stage: 'mail', reason: 'needs_smtputf8', text: 'The server does not take internationalized addresses' })
/** A success for a message that the server has not seen in full cannot be meant for it. */
const TOO_EARLY = fault({ stage: 'data', reason: 'protocol', text: 'The server accepted the message before its end' })

const finalReply = (text: string): SmtpResult =>
  parseReply(text, 'final') ?? fault({ stage: 'final', reason: 'protocol', text, uncertain: true })

const isAsciiText = (text: string): boolean => isAscii(Buffer.from(text))

/** The domain in A-labels, so that SMTPUTF8 is needed for non-ASCII mailboxes only. RFC 5891 §4.4 */
function asciiDomain(address: string): string {
  const at = address.lastIndexOf('@')
  if (at < 0 || isAsciiText(address)) return address
  return address.slice(0, at + 1) + (domainToASCII(address.slice(at + 1)) || address.slice(at + 1))
}
