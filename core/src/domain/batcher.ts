/** Group commit: items that arrive while one batch is being written make up the next. Waits for the running batch, never for a timer. */

export type BatcherOptions<T, R> = {
  /** Writes all of them or none, and answers in their order. */
  readonly write: (items: readonly T[]) => Promise<readonly R[]>
  readonly itemsMax: number
  /** What a batch may weigh in all, by `weigh`. One item may exceed it alone. */
  readonly weightMax?: number
  readonly weigh?: (item: T) => number
  /** Batches that may be under way at once. */
  readonly concurrency?: number
  /** A fault that no single item caused: all of the batch fail with it at once. */
  readonly isShared?: (fault: unknown) => boolean
}

type Waiting<T, R> = { readonly item: T; readonly resolve: (answer: R) => void; readonly reject: (fault: unknown) => void }

/** Closed by waiting until all that was added is written. */
export class Batcher<T, R> implements AsyncDisposable {
  readonly #options: BatcherOptions<T, R>
  #queue: Waiting<T, R>[] = []
  #running = 0
  #starting = false
  #idlers: (() => void)[] = []

  constructor(options: BatcherOptions<T, R>) {
    this.#options = options
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Resolves with the answer for this item once its batch is written; rejects with the fault that kept it from being written. */
  add(item: T): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#queue.push({ item, resolve, reject })
      this.#startSoon()
    })
  }

  idle(): Promise<void> {
    if (this.#running === 0 && this.#queue.length === 0) return Promise.resolve()
    return new Promise((wake) => this.#idlers.push(wake))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.idle()
  }

  /** One turn later, so that items added in the same turn share a batch. */
  #startSoon(): void {
    if (this.#starting) return
    this.#starting = true
    setImmediate(() => {
      this.#starting = false
      this.#start()
    })
  }

  #start(): void {
    const { concurrency = 1 } = this.#options
    while (this.#running < concurrency && this.#queue.length > 0) {
      this.#running += 1
      void this.#write(this.#take()).finally(() => {
        this.#running -= 1
        this.#start()
      })
    }
    if (this.#running > 0 || this.#queue.length > 0) return
    for (const wake of this.#idlers.splice(0)) wake()
  }

  #take(): Waiting<T, R>[] {
    const { itemsMax, weightMax = Number.POSITIVE_INFINITY, weigh = () => 0 } = this.#options
    let weight = 0
    let count = 0
    for (const { item } of this.#queue) {
      weight += weigh(item)
      if (count >= itemsMax || (count > 0 && weight > weightMax)) break
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  /** A batch that fails is written again one by one, so that a bad item harms only itself. */
  async #write(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const answers = await this.#options.write(batch.map((waiting) => waiting.item))
      batch.forEach((waiting, n) => {
        waiting.resolve(answers[n] as R) // `write` answers each item, in order
      })
    } catch (fault) {
      if (batch.length === 1 || this.#options.isShared?.(fault)) for (const waiting of batch) waiting.reject(fault)
      else for (const waiting of batch) await this.#write([waiting])
    }
  }
}
