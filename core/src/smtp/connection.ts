/**
 * One connection: reads lines, has commands judge them, writes their replies. Socket, TLS and closing are smtp-server's;
 * lines, data, replies and limits are ours (docs/decisions/020-smtp-server-listener.md).
 */
import type { Socket } from 'node:net'
import type { SMTPServer } from 'smtp-server'
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection'
import { decodeLine, parseCommandLine } from './command-line.ts'
import { runCommand } from './commands/run.ts'
import { type Dialogue, forgetClearText, type NewDialogue, startDialogue } from './dialogue.ts'
import { Patience } from './patience.ts'
import { type Line, Reader } from './reader.ts'
import { Receiving } from './receiving.ts'
import { formatReply, isFailure, type Reply, reply, replyTo } from './replies.ts'
import type { Services } from './services.ts'
import type { Transcript } from './transcript.ts'
import { type AnswerLine, refuse, type Verdict } from './verdict.ts'

export type ConnectionContext = {
  readonly services: Services
  readonly transcript: Transcript
  readonly newDialogue: NewDialogue
  /** How it is refused, when there are too many. */
  readonly refusal: Verdict | undefined
  readonly onClosed: (dialogue: Dialogue) => void
}

export class Connection extends SMTPConnection {
  readonly #context: ConnectionContext
  readonly #dialogue: Dialogue
  readonly #patience: Patience
  readonly #gone = new AbortController()
  /** Until the greeting is said, or the client refused. */
  #greeting: Promise<void> | null = null
  #ask: AnswerLine | null = null
  #receiving: Receiving | null = null
  #leaving = false
  /** Since when the answer to a command or a mail is being worked out, in milliseconds; 0 when none is. */
  #workingSince = 0
  /** The command that is being answered, for the log. */
  #command = ''

  constructor(server: SMTPServer, socket: Socket, options: SMTPConnectionOptions, context: ConnectionContext) {
    super(server, socket, options)
    this.#context = context
    this.#dialogue = startDialogue(context.newDialogue)
    this.#patience = new Patience(context.newDialogue.policy.limits, context.services.clock())
  }

  get dialogue(): Dialogue {
    return this.#dialogue
  }

  /** Between transactions, with nothing of the client's under way. */
  get idle(): boolean {
    return !this._handlerPending && this.#receiving === null && this.#dialogue.transaction === null
  }

  override init(): void {
    this._setListeners(() => {
      this.#greeting = this.#greet().finally(() => {
        this.#greeting = null
      })
    })
  }

  /** Closes with a reply once what runs has been answered. */
  leave(): void {
    this.#leaving = true
    if (this.idle) this.#say({ reply: reply.shuttingDown, next: 'close' })
  }

  /** Looks whether the client has been too slow; called every second or so. */
  checkPatience(now: Date, memoryShort: boolean): void {
    if (this._closing) return
    if (this._handlerPending) {
      this.#checkOwnPatience(now)
      return
    }
    const line = this._parser instanceof Reader ? this._parser.unfinishedLine : null
    const unfinishedLine = this._upgrading ? HANDSHAKE : line
    const slow = this.#patience.check(now, { unfinishedLine, received: this.#receiving?.received ?? null, memoryShort })
    if (slow) this.#say({ ...refuse(slow, 'too-slow'), next: 'close' })
  }

  /** We are the slow ones: a database that hangs must hold neither the client nor its place. What it does in the end is heard by nobody. */
  #checkOwnPatience(now: Date): void {
    if (this.#workingSince === 0 || now.getTime() - this.#workingSince <= this.#dialogue.policy.limits.answerMs) return
    this.#context.services.metrics.smtp.exceptions.inc({ type: 'answer', error: 'Timeout' })
    this.#say({ reply: reply.later, next: 'close' })
  }

  /** Called by smtp-server's constructor too, before there are fields here. */
  override _createParser(): Reader {
    const reader: Reader = new Reader({
      onLine: (line) => this.#onLine(reader, line),
      onFinish: () => {
        if (this._parser === reader) this.close()
      },
    })
    reader.on('error', (fault: unknown) => this.#say({ reply: this.#replyToFault('read', fault), next: 'close' }))
    return reader
  }

  override _onTimeout(): void {
    if (this._closing) this._socket.destroy()
    else if (this._handlerPending) this._armTimeout()
    else this.#say({ ...refuse(reply.idle, 'idle'), next: 'close' })
  }

  override _onClose(): void {
    const first = !this._closed
    super._onClose()
    this.#gone.abort()
    this.#stopReceiving()
    if (first) this.#context.onClosed(this.#dialogue)
  }

  /** The client has its last reply. It may keep its side open for a while, but not the memory of a mail that is not read further. */
  override close(): void {
    super.close()
    this.#stopReceiving()
  }

  #stopReceiving(): void {
    this.#receiving?.[Symbol.dispose]()
    this.#receiving = null
  }

  async #greet(): Promise<void> {
    const { refusal, services } = this.#context
    const { hostname, trace, policy, client } = this.#dialogue
    if (refusal) return this.#say(refusal)
    void client.ptr()
    if (policy.greetingDelayMs > 0) {
      await services.wait(policy.greetingDelayMs, this.#gone.signal).catch(() => undefined)
      if (this._parser instanceof Reader && this._parser.begun) {
        return this.#say({ ...refuse(reply.talksTooSoon, 'early-talker'), next: 'close' })
      }
    }
    this._ready = true
    this.#say({ reply: reply.greeting(hostname, trace) })
  }

  /** @returns a promise only when the next line has to wait. */
  #onLine(reader: Reader, line: Line): Promise<void> | undefined {
    if (this.#greeting) return this.#greeting.then(() => this.#onLine(reader, line))
    if (this._upgrading || this._closing || this._parser !== reader) return undefined
    try {
      const judged = this.#judge(line)
      return judged instanceof Promise || judged.delayMs ? this.#answerLater(reader, judged) : this.#answer(reader, judged)
    } catch (fault) {
      return this.#answer(reader, this.#verdictOnFault(fault))
    }
  }

  async #answerLater(reader: Reader, judged: Verdict | Promise<Verdict>): Promise<void> {
    this.#workBegins()
    const verdict = await Promise.resolve(judged).catch((fault: unknown) => this.#verdictOnFault(fault))
    if (verdict.delayMs) await this.#context.services.wait(verdict.delayMs, this.#gone.signal).catch(() => undefined)
    this.#workEnds()
    if (!this._closing) await this.#answer(reader, verdict)
  }

  #workBegins(): void {
    this._handlerPending = true
    this.#workingSince = this.#context.services.clock().getTime()
  }

  #workEnds(): void {
    this._handlerPending = false
    this.#workingSince = 0
  }

  #answer(reader: Reader, verdict: Verdict): Promise<void> | undefined {
    this.#say(this.#isUnheardData(verdict, reader) ? { ...verdict, next: 'close' } : verdict, reader)
    if (this.#leaving && this.idle && !this._closing) this.leave() // a command ended the transaction, or was the last thing under way
    return this.#flushed()
  }

  #judge(line: Line): Verdict | Promise<Verdict> {
    const ask = this.#ask
    this.#ask = null
    const text = decodeLine(line.bytes)
    this.#command = ask ? 'AUTH' : parseCommandLine(text ?? '').verb
    this.#context.transcript.client(this.#dialogue, text ?? '(not text)', ask !== null)
    const wrong = this.#wrongLine(line, text)
    if (wrong) return wrong
    return ask ? ask(text ?? '') : runCommand(this.#dialogue, text ?? '', this.#context.services)
  }

  #verdictOnFault(fault: unknown): Verdict {
    const said = this.#replyToFault('command', fault)
    return { reply: this.#command === 'AUTH' ? reply.authUnavailable : said }
  }

  /** A client that did not wait for 354 goes on with its mail, of which no line may run as a command. */
  #isUnheardData({ reply: said }: Verdict, reader: Reader): boolean {
    return this.#command === 'DATA' && isFailure(said) && reader.pipelined
  }

  #wrongLine({ kind }: Line, text: string | undefined): Verdict | undefined {
    if (kind === 'too_long') return refuse(reply.lineTooLong, 'line-too-long')
    if (kind === 'bare_ending' && this.#dialogue.policy.bareLineEndings === 'refuse')
      return refuse(reply.bareLineEnding, 'bare-line-ending')
    if (text === undefined) return refuse(reply.unknownCommand, 'invalid-command')
    return undefined
  }

  /** Writes the reply and does what follows from it. The limits have the last word. */
  #say(verdict: Verdict, reader?: Reader): void {
    const { services } = this.#context
    const { reply: said, next, clientError } = this.#patience.judge(verdict, this.#dialogue)
    if (clientError !== undefined) services.metrics.smtp.clientErrors.inc({ error: clientError })
    if (isFailure(said)) this.#logRefusal(said)
    this.#write(said, reader?.pipelined === true && (next === undefined || next === 'read_data'))
    if (next === 'close') this.close()
    else if (next === 'start_tls') this.#startTls()
    else if (next === 'read_data' && reader) this.#readData(reader)
    else if (next !== undefined && typeof next !== 'string') this.#ask = next.ask
  }

  /** Replies to commands that came together leave together. RFC 2920 §3.2 */
  #write(said: Reply, more: boolean): void {
    this.#context.transcript.server(this.#dialogue, said)
    const socket = this._socket
    // While a handshake runs, whatever is written would go out in clear in the middle of it
    if (this._upgrading || !socket.writable) return
    if (more && socket.writableCorked === 0) {
      socket.cork()
      process.nextTick(() => socket.uncork())
    }
    socket.write(formatReply(said, this.#dialogue.greeting?.extended === true), 'latin1')
    if (!more && socket.writableCorked > 0) socket.uncork()
  }

  /** A client that sends commands and reads no replies must not fill our memory with them. */
  #flushed(): Promise<void> | undefined {
    const socket = this._socket
    if (!socket.writableNeedDrain || socket.destroyed) return undefined
    return new Promise<void>((done) => {
      socket.once('drain', done)
      this.#gone.signal.addEventListener('abort', () => done(), { once: true })
    })
  }

  #startTls(): void {
    this.upgrade(
      () => undefined,
      () => {
        forgetClearText(this.#dialogue)
        this.#ask = null
        this.#context.services.metrics.smtp.tlsConnections.inc()
      },
    )
  }

  #readData(reader: Reader): void {
    const { services } = this.#context
    const receiving = new Receiving(this.#dialogue, services)
    this.#receiving = receiving
    this.#patience.dataBegins(services.clock())
    reader.receive(receiving.reader, (kind) => this.#endOfData(kind, receiving))
  }

  async #endOfData(kind: 'end' | 'false_end', receiving: Receiving): Promise<void> {
    this.#workBegins()
    const verdict = await receiving.finish(kind).catch((fault: unknown) => ({ reply: this.#replyToFault('data', fault) }))
    this.#workEnds()
    receiving[Symbol.dispose]()
    this.#receiving = null
    this.#dialogue.transaction = null
    if (this._closing) return
    this.#say(this.#leaving ? { ...verdict, next: 'close' } : verdict)
    await this.#flushed()
  }

  #replyToFault(type: string, fault: unknown): Reply {
    const { log, metrics } = this.#context.services
    metrics.smtp.exceptions.inc({ type, error: fault instanceof Error ? fault.name : typeof fault })
    log.error({ event: 'smtp.fault', dialogue: this.#dialogue.trace, error: fault }, 'Fault while talking SMTP')
    return replyTo(fault)
  }

  #logRefusal(said: Reply): void {
    const { services } = this.#context
    const { trace, client } = this.#dialogue
    if (services.settings.logExclusion?.test(client.ip)) return
    services.mailLog.smtpRefused({
      dialogue: trace,
      ipAddress: client.ip,
      command: this.#command,
      reply: formatReply(said, true).trimEnd(),
    })
  }
}

/** A handshake is as long as a line may be; no line has this number. */
const HANDSHAKE = -1
