/** A mail that is coming in: its data, the memory it takes, and what its end comes to. */
import { DataReader } from './data-reader.ts'
import type { Dialogue } from './dialogue.ts'
import { MailBuffer } from './mail-buffer.ts'
import { finishMessage } from './message.ts'
import { reply } from './replies.ts'
import type { Services } from './services.ts'
import { refuse, type Verdict } from './verdict.ts'

/** Closed by giving its memory back. */
export class Receiving implements Disposable {
  readonly reader: DataReader
  readonly #buffer: MailBuffer
  readonly #dialogue: Dialogue
  readonly #services: Services
  /** Mail from the world is never mended, only that of clients we know. */
  readonly #mends: boolean
  #finishing = false
  #over = false

  constructor(dialogue: Dialogue, services: Services) {
    const { policy, sender, transaction } = dialogue
    const bytesExpected = transaction?.bytesExpected ?? null
    this.#dialogue = dialogue
    this.#services = services
    this.#mends = policy.bareLineEndings === 'normalise' && sender !== null
    this.#buffer = new MailBuffer({ bytesMax: policy.limits.messageBytesMax, bytesExpected, memory: services.memory })
    this.reader = new DataReader(this.#buffer, { normalise: this.#mends })
  }

  /** Bytes so far. */
  get received(): number {
    return this.#buffer.received
  }

  /** After a false end nothing more may be read: the connection closes. */
  async finish(kind: 'end' | 'false_end'): Promise<Verdict> {
    const refused = refuse(reply.bareLineEndingInData, 'bare-line-ending')
    if (kind === 'false_end') return { ...refused, next: 'close' }
    if (this.reader.bare && !this.#mends) return refused
    this.#finishing = true
    try {
      return await finishMessage(this.#dialogue, this.#buffer, this.#services)
    } finally {
      this.#finishing = false
      if (this.#over) this.#buffer[Symbol.dispose]()
    }
  }

  /** A mail that is being stored is kept until it is, even when its client has gone. */
  [Symbol.dispose](): void {
    this.#over = true
    if (!this.#finishing) this.#buffer[Symbol.dispose]()
  }
}
