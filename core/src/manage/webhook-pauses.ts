/** Tells those who own a webhook that its receiver has not worked for a while: once for each pause. */
import type { SystemMailer } from '../net/system-mail.ts'
import { change } from '../store/change.ts'
import { claimTelling, findLastFailure, listUntoldPauses, type PausedWebhook, undoTelling } from '../store/paused-webhooks.ts'
import { listMembers } from '../store/users.ts'
import { atLeast } from './access.ts'
import { type Manage, record } from './context.ts'
import { withoutQuery } from './webhooks.ts'

export type Telling = SystemMailer & {
  /** Of the admin interface, as `https://post.example.com`. */
  readonly webUrl: string
}

const MINUTE_MS = 60_000
/** Most outages are over sooner. */
const PAUSED_MIN_MS = 15 * MINUTE_MS
/** A receiver that comes and goes shall not fill anybody's mailbox. */
const TOLD_EVERY_MS = 24 * 60 * MINUTE_MS
const PER_ROUND_MAX = 100

/** @returns how many webhooks their owners were told about; @throws AggregateError of those that could not be told, after all others were */
export async function tellPausedWebhooks(manage: Manage, telling: Telling): Promise<number> {
  const now = manage.clock()
  const ago = (ms: number) => new Date(now.getTime() - ms)
  const paused = await listUntoldPauses(manage.db, {
    pausedBefore: ago(PAUSED_MIN_MS),
    toldBefore: ago(TOLD_EVERY_MS),
    limit: PER_ROUND_MAX,
  })
  const faults: unknown[] = []
  let told = 0
  for (const webhook of paused) {
    if (!(await claimTelling(manage.db, webhook, now))) continue
    try {
      await tell(manage, telling, webhook)
      told += 1
    } catch (fault) {
      await undoTelling(manage.db, webhook, now)
      faults.push(fault)
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, `Owners of ${faults.length} paused webhooks could not be told`)
  return told
}

async function tell(manage: Manage, { send, webUrl }: Telling, webhook: PausedWebhook): Promise<void> {
  const to = await ownersOf(manage, webhook.organizationId)
  if (to.length === 0) return
  const { mailServerName, organizationName, name } = webhook
  const subject = `[${organizationName}/${mailServerName}] The webhook ${name} does not answer`
  await send({ to, subject, text: textOf(webhook, await failureOf(manage, webhook), webUrl), date: manage.clock() })
  const { id: subjectId, organizationId } = webhook
  await change(manage.db, (tx) =>
    record(tx, manage, { action: 'webhook.owner_told', subjectId, organizationId, details: { told: to.length } }),
  )
}

/** Owners and admins; where there are none, everybody who may do something about it. */
async function ownersOf({ db }: Manage, organizationId: number): Promise<string[]> {
  const members = (await listMembers(db, organizationId)).filter(({ user }) => user.disabledAt === null)
  const owners = members.filter(({ role }) => atLeast(role, 'admin'))
  const told = owners.length > 0 ? owners : members.filter(({ role }) => atLeast(role, 'member'))
  return told.map(({ user }) => user.emailAddress)
}

async function failureOf({ db }: Manage, webhook: PausedWebhook): Promise<string | undefined> {
  const last = await findLastFailure(db, webhook)
  return last && (last.statusCode > 0 ? `HTTP ${last.statusCode}` : last.responseBody)
}

/** A URL's query may hold a password, and what a receiver wrote is for the history. */
function textOf(webhook: PausedWebhook, failure: string | undefined, webUrl: string): string {
  const { name, url, mailServerName, organizationPermalink, mailServerPermalink, failuresInARow, pausedAt } = webhook
  return `The webhook "${name}" of the mail server "${mailServerName}" does not answer.

  URL:       ${withoutQuery(url)}
  Since:     ${pausedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC
  Failures:  ${failuresInARow} in a row${failure === undefined ? '' : `, the last one: ${failure}`}

Until it works again only one request at a time is tried, at most every quarter of an
hour. Nothing is lost yet: each request is tried for 72 hours, and what is given up then
can be sent again from the history.

${webUrl}/org/${organizationPermalink}/servers/${mailServerPermalink}/webhooks

You get this mail once for each such pause, and once a day at most, because you own or
administer the organization.
`
}
