/** Turns what a socket brings into lines, and into data while a mail is read. Takes the place of smtp-server's own stream. */
import { SMTPStream } from 'smtp-server/lib/smtp-stream'
import type { DataReader } from './data-reader.ts'

const CR = 0x0d
const LF = 0x0a
/** RFC 4954 §4 has the longest line: an AUTH response. */
const LINE_BYTES_MAX = 12_288 + 2
const EMPTY = Buffer.alloc(0)

/** `bytes` without the line ending. */
export type Line = { readonly kind: 'good' | 'bare_ending' | 'too_long'; readonly bytes: Buffer }

export type ReaderHandlers = {
  /** The next line is read at once, or when this has resolved. */
  readonly onLine: (line: Line) => Answered
  /** The other side will send nothing more, and all it sent was read. */
  readonly onFinish: () => void
}

/** Most lines are answered without waiting for anything: a promise for each would cost more than the answer. */
type Answered = Promise<void> | undefined

type Receiving = { readonly reader: DataReader; readonly onEnd: (kind: 'end' | 'false_end') => Answered }

/** A pause after so many lines, so that one client's pipeline does not keep all others waiting. */
const LINES_PER_TURN = 100

export class Reader extends SMTPStream {
  readonly #handlers: ReaderHandlers
  #kept: Buffer = EMPTY
  #skipping = false
  #receiving: Receiving | null = null
  #chunk: Buffer = EMPTY
  #at = 0
  #lines = 0

  constructor(handlers: ReaderHandlers) {
    super({})
    this.#handlers = handlers
    this.on('finish', handlers.onFinish)
  }

  /** Everything from here to the end of the data goes to this reader. */
  receive(reader: DataReader, onEnd: Receiving['onEnd']): void {
    this.#receiving = { reader, onEnd }
  }

  /** The client has sent more than what was read. */
  get pipelined(): boolean {
    return this.#at < this.#chunk.length || this.writableLength > this.#chunk.length
  }

  /** The client has said something. */
  get begun(): boolean {
    return this.#lines > 0 || this.#kept.length > 0
  }

  /** Lines read so far when one has begun and not ended. */
  get unfinishedLine(): number | null {
    return this.#kept.length > 0 && this.#receiving === null ? this.#lines : null
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#chunk = chunk
    this.#at = 0
    this.#consume(done)
  }

  #consume(done: (error?: Error | null) => void): void {
    try {
      while (this.#at < this.#chunk.length && !this.isClosed) {
        const answered = this.#receiving ? this.#readData(this.#receiving) : this.#readLine()
        if (answered) {
          answered.then(() => this.#consume(done), done)
          return
        }
      }
    } catch (fault) {
      done(fault instanceof Error ? fault : new Error('fault while reading', { cause: fault }))
      return
    }
    this.#chunk = EMPTY
    this.#at = 0
    done()
  }

  #readData({ reader, onEnd }: Receiving): Answered {
    const { kind, consumed } = reader.feed(this.#chunk, this.#at)
    this.#at = consumed
    if (kind === 'more') return undefined
    this.#receiving = null
    return onEnd(kind)
  }

  #readLine(): Answered {
    const end = this.#chunk.indexOf(LF, this.#at)
    const part = this.#chunk.subarray(this.#at, end === -1 ? this.#chunk.length : end)
    this.#at += part.length + (end === -1 ? 0 : 1)
    if (end === -1) return this.#keep(part)

    const bytes = this.#kept.length === 0 ? part : Buffer.concat([this.#kept, part])
    const skipped = this.#skipping
    this.#kept = EMPTY
    this.#skipping = false
    this.#lines += 1
    const answered = skipped ? undefined : this.#handlers.onLine(toLine(bytes))
    return this.#lines % LINES_PER_TURN === 0 ? pause(answered) : answered
  }

  /** Bounded: of a line that is too long nothing is kept, and it is answered once. */
  #keep(part: Buffer): Answered {
    if (this.#skipping) return undefined
    this.#kept = Buffer.concat([this.#kept, part])
    if (this.#kept.length <= LINE_BYTES_MAX) return undefined
    this.#kept = EMPTY
    this.#skipping = true
    return this.#handlers.onLine({ kind: 'too_long', bytes: EMPTY })
  }
}

async function pause(answered: Answered): Promise<void> {
  await answered
  await new Promise(setImmediate)
}

/** RFC 5321 §2.3.8: CR and LF are never sent alone. */
function toLine(bytes: Buffer): Line {
  const ended = bytes.at(-1) === CR
  const content = ended ? bytes.subarray(0, -1) : bytes
  if (content.length > LINE_BYTES_MAX) return { kind: 'too_long', bytes: EMPTY }
  return { kind: ended && !content.includes(CR) ? 'good' : 'bare_ending', bytes: content }
}
