/** One piece of delivery work: a claimed entry with all that is known about its message, and the decision it ends in. */
import type { Outcome } from '../domain/delivery.ts'
import type { Message, MessageStatus } from '../domain/message.ts'
import type { RenderPlan } from '../mail/render.ts'
import type { Credential, MailServer, SendingDomain } from '../store/directory.ts'
import type { QueueEntry } from '../store/queue.ts'
import type { Trace } from '../store/results.ts'

/** Raw mail with the plan that all its recipients share. */
export type PlannedMail = { readonly raw: Buffer; readonly plan: RenderPlan }
/** Read when it is needed: thousands of entries are in hand, and most of them wait. */
export type ReadMail = () => Promise<PlannedMail>

export type Job = {
  readonly entry: QueueEntry
  readonly message: Message
  /** Undefined when retention has removed it. */
  readonly mail: ReadMail | undefined
  /** Undefined when it has been deleted. */
  readonly mailServer: MailServer | undefined
  readonly domain: SendingDomain | undefined
  readonly credential: Credential | undefined
  /** Why the recipient must not be mailed; undefined when it may. */
  readonly suppressedFor: string | undefined
  readonly now: Date
}

/** What a check or a courier decides about a message. A check that has nothing to say answers undefined. */
export type Decision = {
  readonly status: Exclude<MessageStatus, 'pending'>
  readonly details: string
  readonly output?: string
  readonly sentWithTls?: boolean | null
  readonly ms?: number
  readonly logId?: string
  /** Back to the queue for then; otherwise the entry is done. */
  readonly retryAt?: Date
  /** It was not for the message that nothing came of it: the attempt does not count. */
  readonly uncharged?: boolean
  /** The next delivery may be a duplicate. */
  readonly uncertain?: boolean
  /** `ifPersonal`: unless earlier replies were not about the recipient. */
  readonly suppress?: { readonly reason: string; readonly says?: string; readonly ifPersonal?: true }
  readonly trace?: Trace
  /** It came so far that it counts against the send limit. */
  readonly counts?: boolean
}

export type Finding = Decision | undefined
export type Check = (job: Job, rules: DeliveryRules) => Finding

/** Settings of the installation that decide about mail. */
export type DeliveryRules = { readonly attemptsMax: number; readonly holdMaxMs: number; readonly suppressionMs: number }

/** What a courier knows beside the outcome. */
export type Attempted = { readonly outcome: Outcome; readonly trace: Trace; readonly ms: number; readonly logId: string }
