/** What the four actions are given: who calls with what, and the parts of the program they use. */
import type { RandomBytes } from '../../../domain/token.ts'
import type { Intake } from '../../../intake/accept.ts'
import type { Logger } from '../../../observe/logger.ts'
import type { MailLog } from '../../../observe/mail-log.ts'
import type { Metrics } from '../../../observe/metrics.ts'
import type { Database } from '../../../store/database.ts'
import type { Directory } from '../../../store/directory.ts'
import type { Client } from '../../web-env.ts'
import type { Caller } from '../admission.ts'
import type { Answer } from './envelope.ts'
import type { Parameters } from './parameters.ts'

export type ApiDeps = {
  readonly db: Database
  readonly directory: Directory
  readonly intake: Pick<Intake, 'accept'>
  readonly clock: () => Date
  readonly randomBytes: RandomBytes
  readonly log: Logger
  readonly mailLog: Pick<MailLog, 'messageAccepted'>
  readonly metrics: Pick<Metrics, 'intake'>
  /** Reverse name of an address, as far as it can be had quickly. */
  readonly ptr: (address: string) => Promise<string | undefined>
  readonly settings: ApiSettings
}

export type ApiSettings = {
  /** In Received fields. */
  readonly hostname: string
  readonly returnPathDomain: string
  readonly messageBytesMax: number
  /** Of one `send/raw`. */
  readonly recipientsMax: number
}

export type Call = Caller & {
  readonly client: Client
  readonly requestId: string
  /** By `performance.now()`. */
  readonly startedAt: number
  readonly action: string
  readonly parameters: Parameters
  readonly idempotencyKey: string | undefined
}

export type Action = (call: Call, deps: ApiDeps) => Promise<Answer>
