/**
 * Reads the data of a mail: finds its end, takes stuffed dots away, watches line endings. RFC 5321 §4.5.2, §2.3.8
 *
 * Only CR LF . CR LF ends the data. Whoever takes LF . LF, LF . CR LF or CR . CR for an end as well can be made to read one
 * mail as two (SMTP smuggling), so these are told apart here, byte by byte, however the bytes are divided into chunks.
 */

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e

export type Sink = { readonly append: (source: Buffer, from: number, to: number) => void }

/**
 * `end`: what follows `consumed` is not data. `false_end`: the client ends with something that must not end data, so it waits
 * for a reply or attacks somebody; either way nothing after it may be read.
 */
export type DataProgress = { readonly kind: 'more' | 'end' | 'false_end'; readonly consumed: number }

/**
 * Where we are in a line. `start` follows CR LF, `loose` a lone CR or LF. A leading dot and a CR after it are held back until it
 * is known what they are.
 */
type State = 'start' | 'dot' | 'dot_cr' | 'loose' | 'loose_dot' | 'loose_dot_cr' | 'text' | 'cr'

const CRLF = Buffer.from('\r\n')
const LONE_DOT_LINE = Buffer.from('.\r\n')

export class DataReader {
  readonly #sink: Sink
  readonly #normalise: boolean
  #state: State = 'start'
  #bare = false
  #chunk: Buffer = CRLF
  #at = 0
  /** Of what is to be kept and was not handed on yet. */
  #from = 0

  /** `normalise` makes CR LF of a lone CR or LF, and never takes one for the end. */
  constructor(sink: Sink, { normalise }: { readonly normalise: boolean }) {
    this.#sink = sink
    this.#normalise = normalise
  }

  /** A CR or LF stood alone. */
  get bare(): boolean {
    return this.#bare
  }

  feed(chunk: Buffer, start = 0): DataProgress {
    this.#chunk = chunk
    this.#at = start
    this.#from = start
    while (this.#at < chunk.length) {
      const kind = this.#step(chunk[this.#at] ?? 0)
      if (kind !== 'more') return { kind, consumed: this.#at }
    }
    this.#flush(chunk.length, chunk.length)
    return { kind: 'more', consumed: chunk.length }
  }

  #step(byte: number): DataProgress['kind'] {
    switch (this.#state) {
      case 'start':
      case 'loose':
        return byte === DOT ? this.#holdDot() : this.#text(byte)
      case 'dot':
      case 'loose_dot':
        return this.#afterDot(byte)
      case 'dot_cr':
      case 'loose_dot_cr':
        return this.#afterDotCr(byte)
      case 'cr':
        return this.#afterCr(byte)
      case 'text':
        return this.#text(byte)
    }
  }

  #text(byte: number): 'more' {
    if (byte === CR) {
      this.#at += 1
      this.#state = 'cr'
    } else if (byte === LF) {
      this.#loneEnding(this.#at)
      this.#at += 1
      this.#from = this.#normalise ? this.#at : this.#from
    } else {
      this.#state = 'text'
      this.#skipText()
    }
    return 'more'
  }

  #skipText(): void {
    const chunk = this.#chunk
    const { length } = chunk
    let at = this.#at + 1
    for (; at < length; at += 1) {
      const byte = chunk[at]
      if (byte === CR || byte === LF) break
    }
    this.#at = at
  }

  #afterCr(byte: number): 'more' {
    if (byte === LF) {
      this.#at += 1
      this.#state = 'start'
      return 'more'
    }
    // The CR stood alone; when normalising it becomes CR LF, and this byte begins a line
    this.#bare = true
    this.#state = 'loose'
    if (this.#normalise) this.#insert(CRLF.subarray(1))
    return 'more'
  }

  /** RFC 5321 §4.5.2: the first dot of a line is not content, unless it was held back in error. */
  #holdDot(): 'more' {
    this.#flush(this.#at, this.#at + 1)
    this.#at += 1
    this.#state = this.#state === 'loose' ? 'loose_dot' : 'dot'
    return 'more'
  }

  #afterDot(byte: number): 'more' | 'false_end' {
    if (byte === CR) {
      this.#at += 1
      this.#from = this.#at
      this.#state = this.#state === 'loose_dot' ? 'loose_dot_cr' : 'dot_cr'
      return 'more'
    }
    if (byte === LF) return this.#falseEnd('loose', 1)
    this.#state = 'text'
    return 'more'
  }

  #afterDotCr(byte: number): DataProgress['kind'] {
    if (byte !== LF) return this.#falseEnd('loose', 0)
    if (this.#state === 'loose_dot_cr') return this.#falseEnd('start', 1)
    this.#at += 1
    return 'end'
  }

  /** A line with nothing but a dot that must not end the data: content for who normalises, the end of the dialogue for others. */
  #falseEnd(next: 'start' | 'loose', taken: number): 'more' | 'false_end' {
    this.#bare = true
    this.#at += taken
    if (!this.#normalise) return 'false_end'
    this.#from = this.#at
    this.#sink.append(LONE_DOT_LINE, 0, LONE_DOT_LINE.length)
    this.#state = next
    return 'more'
  }

  #loneEnding(at: number): void {
    this.#bare = true
    this.#state = 'loose'
    if (!this.#normalise) return
    this.#flush(at, at)
    this.#sink.append(CRLF, 0, CRLF.length)
  }

  #insert(bytes: Buffer): void {
    this.#flush(this.#at, this.#at)
    this.#sink.append(bytes, 0, bytes.length)
  }

  #flush(to: number, next: number): void {
    if (to > this.#from) this.#sink.append(this.#chunk, this.#from, to)
    this.#from = next
  }
}
