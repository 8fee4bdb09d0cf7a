/** One growing block of memory for the mail that a connection is receiving, with room in front for the fields that we add. */
import type { MemoryBudget } from './memory-budget.ts'

/** For the trace header and what else is put in front, so that a mail need not be copied for it. */
const HEADROOM_BYTES = 2_048
const FIRST_BYTES = 16 * 1024
const NOTHING = Buffer.alloc(0)

export type MailBufferOptions = {
  readonly bytesMax: number
  /** What the client has announced; only a hint. */
  readonly bytesExpected: number | null
  readonly memory: MemoryBudget
}

/** Keeps what fits; counts what does not. Closed by giving its memory back. */
export class MailBuffer implements Disposable {
  readonly #options: MailBufferOptions
  #block: Buffer<ArrayBuffer> = NOTHING
  #end = HEADROOM_BYTES
  /** Bytes that came, kept or not. */
  #received = 0
  #state: 'kept' | 'too_large' | 'no_memory' = 'kept'

  constructor(options: MailBufferOptions) {
    this.#options = options
  }

  get state(): 'kept' | 'too_large' | 'no_memory' {
    return this.#state
  }

  get received(): number {
    return this.#received
  }

  append(source: Buffer, from: number, to: number): void {
    const length = to - from
    this.#received += length
    if (this.#state !== 'kept') return
    if (this.#received > this.#options.bytesMax) this.#drop('too_large')
    else if (this.#end + length > this.#block.length && !this.#grow(length)) this.#drop('no_memory')
    else this.#end += source.copy(this.#block, this.#end, from, to)
  }

  /** The mail, and the block it lies in with `HEADROOM_BYTES` free in front of it. */
  content(): { readonly block: Buffer; readonly start: number; readonly end: number } {
    return { block: this.#block, start: HEADROOM_BYTES, end: this.#end }
  }

  /** Nobody may read the mail any more: its memory is free at once, not when the garbage collector finds it. */
  [Symbol.dispose](): void {
    this.#options.memory.give(this.#block.length)
    release(this.#block)
    this.#block = NOTHING
    this.#end = HEADROOM_BYTES
  }

  #drop(state: 'too_large' | 'no_memory'): void {
    this.#state = state
    this[Symbol.dispose]()
  }

  /** Doubles, so that a large mail is copied once on average; an announced size is taken at once, within the limit. */
  #grow(length: number): boolean {
    const { bytesMax, bytesExpected, memory } = this.#options
    const needed = this.#end + length
    const announced = this.#block.length === 0 && bytesExpected !== null ? HEADROOM_BYTES + bytesExpected : 0
    const capacity = Math.min(Math.max(needed, announced, this.#block.length * 2, FIRST_BYTES), Math.max(needed, HEADROOM_BYTES + bytesMax))
    if (!memory.take(capacity)) return false
    const larger = Buffer.allocUnsafeSlow(capacity)
    if (this.#block.length > 0) this.#block.copy(larger, HEADROOM_BYTES, HEADROOM_BYTES, this.#end)
    memory.give(this.#block.length)
    release(this.#block)
    this.#block = larger
    return true
  }
}

/** Large blocks lie in memory of their own, which a detached buffer gives back. */
function release(block: Buffer<ArrayBuffer>): void {
  if (block.length > 0) block.buffer.transfer(0)
}
