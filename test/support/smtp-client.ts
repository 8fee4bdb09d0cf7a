/** Plays a written dialogue against an SMTP server and tells the first line where the server departs from it. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type ByteReader, readBytes } from './byte-reader.ts'
import { bytesOf, fillIn, type Instruction, matches, parseDialogue, type Values } from './dialogue.ts'

export type DialogueOptions = {
  readonly host?: string
  readonly port: number
  /** For messages: the file's name. */
  readonly name?: string
  readonly values?: Values
  /** TLS from the first byte, as on port 465. */
  readonly secure?: boolean
  /** For each answer. */
  readonly timeoutMs?: number
}

/** The server said something else. The message shows where, and what was said before. */
class DialogueError extends Error {
  override readonly name = 'DialogueError'
}

/** @returns what was said by both sides, for a closer look. */
export async function playDialogue(text: string, options: DialogueOptions): Promise<string> {
  const instructions = parseDialogue(text)
  await using player = await Player.open(options)
  let unsaid: Instruction[] = []
  for (const instruction of instructions) {
    if (instruction.kind === 'say') {
      unsaid.push(instruction)
      continue
    }
    player.say(unsaid)
    unsaid = []
    await player.follow(instruction)
  }
  player.say(unsaid)
  return player.transcript()
}

const TRANSCRIPT_LINES_SHOWN = 8
const TIMEOUT_MS = 15_000

class Player implements AsyncDisposable {
  private socket: Socket
  private reader: ByteReader
  /** Heard, but not what the last `S*` line wanted. */
  private ahead: string | undefined
  private lastLine = ''
  private readonly said: string[] = []
  private readonly options: DialogueOptions

  private constructor(socket: Socket, options: DialogueOptions) {
    this.socket = socket
    this.options = options
    this.reader = readBytes(socket)
  }

  static async open(options: DialogueOptions): Promise<Player> {
    const { host = '127.0.0.1', port, secure } = options
    const socket = secure ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port, noDelay: true })
    socket.on('error', () => undefined) // seen as the end of what is read
    await once(socket, secure ? 'secureConnect' : 'connect')
    return new Player(socket, options)
  }

  transcript(): string {
    return this.said.join('\n')
  }

  say(instructions: readonly Instruction[]): void {
    const packet = instructions.flatMap((instruction) => (instruction.kind === 'say' ? [this.packet(instruction)] : []))
    if (packet.length > 0) this.socket.write(Buffer.concat(packet))
  }

  private packet({ text, lineEnd }: Extract<Instruction, { kind: 'say' }>): Buffer {
    const filled = fillIn(text, this.options.values ?? {}, this.lastLine)
    this.said.push(`C: ${filled}`)
    return Buffer.concat([bytesOf(filled), Buffer.from(lineEnd ? '\r\n' : '')])
  }

  async follow(instruction: Instruction): Promise<void> {
    if (instruction.kind === 'tls') await this.upgrade(instruction.at)
    if (instruction.kind === 'hear') await this.hear(instruction)
    if (instruction.kind === 'eof') await this.expectEnd(instruction.at)
  }

  private async hear({ at, pattern, many }: Extract<Instruction, { kind: 'hear' }>): Promise<void> {
    const wanted = fillIn(pattern, this.options.values ?? {}, this.lastLine)
    for (;;) {
      const line = await this.next(at, `«${wanted}»`)
      if (line !== undefined && matches(line, wanted)) {
        this.ahead = undefined
        this.lastLine = line
        if (many) continue
        return
      }
      if (many) return
      throw this.difference(at, `expected «${wanted}», got ${line === undefined ? 'the end of the connection' : `«${line}»`}`)
    }
  }

  private async expectEnd(at: number): Promise<void> {
    const line = await this.next(at, 'the end of the connection')
    if (line !== undefined) throw this.difference(at, `expected the end of the connection, got «${line}»`)
  }

  /** The next line, which stays the next one until somebody takes it. */
  private async next(at: number, wanted: string): Promise<string | undefined> {
    if (this.ahead !== undefined) return this.ahead
    const timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS
    const timeout = Promise.withResolvers<never>()
    const timer = setTimeout(() => timeout.reject(this.difference(at, `expected ${wanted}, got nothing in ${timeoutMs} ms`)), timeoutMs)
    try {
      this.ahead = await Promise.race([this.reader.line(), timeout.promise])
    } finally {
      clearTimeout(timer)
    }
    if (this.ahead !== undefined) this.said.push(`S: ${this.ahead}`)
    return this.ahead
  }

  private async upgrade(at: number): Promise<void> {
    this.reader.release()
    const secured = connectTls({ socket: this.socket, rejectUnauthorized: false })
    await once(secured, 'secureConnect').catch((cause: unknown) => {
      throw this.difference(at, `expected a TLS handshake, got ${String(cause)}`)
    })
    this.socket = secured
    this.reader = readBytes(secured)
  }

  private difference(at: number, what: string): DialogueError {
    const before = this.said.slice(-TRANSCRIPT_LINES_SHOWN).map((line) => `    ${line}`)
    return new DialogueError([`${this.options.name ?? 'dialogue'}:${at}: ${what}`, ...before].join('\n'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
  }
}
