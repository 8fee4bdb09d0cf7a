/** How much a client may get wrong, and how slow it may be, before its connection is closed. */
import type { Dialogue } from './dialogue.ts'
import type { Limits } from './policy.ts'
import { isFailure, type Reply, reply } from './replies.ts'
import { refuse, type Verdict } from './verdict.ts'

type Progress = {
  /** The number of the line that has begun and not ended. */
  readonly unfinishedLine: number | null
  /** Bytes of the mail that is being read. */
  readonly received: number | null
  /** Memory for mails is short: who is slow gives way. */
  readonly memoryShort: boolean
}

type DataLimits = Pick<Limits, 'dataMs' | 'dataBytesPerSecondMin'>

export class Patience {
  readonly #limits: Limits
  readonly #openedMs: number
  #dataSinceMs = 0
  #line: number | null = null
  #lineSinceMs = 0
  #errors = 0
  #commands = 0
  #messages = 0

  constructor(limits: Limits, openedAt: Date) {
    this.#limits = limits
    this.#openedMs = openedAt.getTime()
  }

  /** The verdict itself, or the end when it was one mistake or one command too many. */
  judge(verdict: Verdict, { sender, messages }: Dialogue): Verdict {
    const { errorsMax, commandsMax } = this.#limits
    if (messages > this.#messages) {
      this.#messages = messages
      this.#commands = 0
      return verdict // what was accepted is always answered so
    }
    if (verdict.reply !== reply.recipientOk) this.#commands += 1 // a long list of recipients is no idling
    if (isFailure(verdict.reply)) this.#errors += 1
    if (verdict.next === 'close' || verdict.next === 'start_tls') return verdict
    if (this.#errors > (sender ? errorsMax.authenticated : errorsMax.others))
      return { ...refuse(reply.tooManyErrors, 'too-many-errors'), next: 'close' }
    if (this.#commands > commandsMax) return { ...refuse(reply.tooManyCommands, 'too-many-commands'), next: 'close' }
    return verdict
  }

  dataBegins(now: Date): void {
    this.#dataSinceMs = now.getTime()
  }

  check(now: Date, { unfinishedLine, received, memoryShort }: Progress): Reply | undefined {
    const nowMs = now.getTime()
    const { totalMs, commandMs, whenShort } = this.#limits
    if (nowMs - this.#openedMs > totalMs) return reply.idle
    if (received !== null) {
      const tooLong = (limits: DataLimits) => nowMs - this.#dataSinceMs > limits.dataMs + (received / limits.dataBytesPerSecondMin) * 1_000
      if (tooLong(this.#limits) || (memoryShort && tooLong(whenShort))) return reply.tooSlow
    }
    if (unfinishedLine !== this.#line) {
      this.#line = unfinishedLine
      this.#lineSinceMs = nowMs
    }
    return unfinishedLine !== null && nowMs - this.#lineSinceMs > commandMs ? reply.tooSlow : undefined
  }
}
