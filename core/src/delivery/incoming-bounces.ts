/** Tells a sender that his mail did not arrive, with a mail that enters at the front like any other. */
import { firstIdAt, type NewId } from '../domain/ids.ts'
import type { RandomBytes } from '../domain/token.ts'
import { newUuid } from '../domain/uuid.ts'
import { buildBounce, forbidsBounce } from '../mail/dsn.ts'
import type { Database } from '../store/database.ts'
import { countBouncesTo } from '../store/originals.ts'
import type { Job } from './job.ts'

/** Intake, as far as bounces need it. The key makes a repeat give the first id. */
export type AcceptBounce = (bounce: {
  readonly mailServerId: number
  readonly raw: Buffer
  readonly rcptTo: string
  readonly mailFrom: string
  readonly domainId: number
  readonly bounceForId: number
}) => Promise<number | null>

export type BouncesOptions = {
  readonly db: Database
  readonly clock: () => Date
  readonly newId: NewId
  readonly randomBytes: RandomBytes
  readonly accept: AcceptBounce
  readonly hostname: string
  readonly returnPathDomain: string
}

export type BounceCause = {
  readonly raw: Buffer
  readonly reason: string
  readonly status: string
  readonly diagnostic: string | null
  /** `name@domain`; what the mail came for when the route is gone. */
  readonly route: string
  readonly postmaster: string | null
  /** SPF says that the sender's address was forged: the bounce would hit somebody else. */
  readonly forged: boolean
}

/** An address that brings about more than this is left in peace. */
const BOUNCES_AN_HOUR_MAX = 10
const HOUR_MS = 3_600_000

/** The id of the bounce; null when none may be sent. */
export async function sendBounce(
  options: BouncesOptions,
  job: Pick<Job, 'message' | 'mailServer'>,
  cause: BounceCause,
): Promise<number | null> {
  const { message, mailServer } = job
  const { mailServerId, mailFrom, domainId } = message
  if (message.bounce || mailFrom === '' || domainId === null || !mailServer) return null
  if (cause.forged || forbidsBounce(cause.raw)) return null
  const at = options.clock()
  const sinceId = firstIdAt(new Date(at.getTime() - HOUR_MS))
  if ((await countBouncesTo(options.db, { mailServerId, rcptTo: mailFrom, sinceId })) >= BOUNCES_AN_HOUR_MAX) return null
  const raw = buildBounce({
    ...cause,
    ...{ mailFrom, rcptTo: message.rcptTo, token: message.token, subject: message.subject, originalMessageId: message.messageId },
    mailServerToken: mailServer.token,
    postmaster: cause.postmaster ?? `postmaster@${cause.route.split('@')[1] ?? options.hostname}`,
    hostname: options.hostname,
    messageId: `${newUuid(options.randomBytes)}@${options.returnPathDomain}`,
    at,
    arrivedAt: message.createdAt,
  })
  return options.accept({ mailServerId, raw, rcptTo: mailFrom, mailFrom: cause.route, domainId, bounceForId: message.id })
}
