/** A message as a stream that ends, and so lets the final dot out, only after a promise of its owner. */
import { Readable } from 'node:stream'

/** Large mails are cut, so that the work on one of them never holds up the others for long. */
export const PIECE_BYTES = 64 * 1024

export class HeldMessage extends Readable {
  /** The server has asked for the data. */
  started = false
  /** Nothing holds the final dot back any more. */
  released = false
  readonly #data: Buffer
  readonly #beforeEnd: () => Promise<void>
  #offset = 0

  constructor(data: Buffer, beforeEnd: () => Promise<void>) {
    super({ highWaterMark: PIECE_BYTES })
    this.#data = data
    this.#beforeEnd = beforeEnd
  }

  override _read(): void {
    if (!this.started) {
      this.started = true
      this.emit('started')
    }
    if (this.#offset >= this.#data.length) {
      this.#end()
      return
    }
    const piece = this.#data.subarray(this.#offset, this.#offset + PIECE_BYTES)
    this.#offset += piece.length
    this.push(piece)
  }

  #end(): void {
    this.#beforeEnd().then(
      () => this.#release(),
      (cause: unknown) => this.destroy(new Error('the final dot was withheld', { cause })),
    )
  }

  #release(): void {
    if (this.destroyed) return
    this.released = true
    this.emit('released')
    this.push(null)
  }
}
