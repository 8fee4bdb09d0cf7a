/** Temporary limits of sites, for operators: to see them, to set one by hand, and to end them. */
import { change } from '../store/change.ts'
import { callBackSuspended } from '../store/limited-mail.ts'
import { addSiteLimit, BY_HAND, liftSiteLimit, listSiteLimits, type SiteLimit } from '../store/site-limits.ts'
import { type Manage, record, requireOperator } from './context.ts'
import { invalid, oneOfField, textField, wholeField } from './fields.ts'

/** @throws AppError `auth.forbidden` */
export async function siteLimitsInForce(manage: Manage): Promise<SiteLimit[]> {
  requireOperator(manage)
  return listSiteLimits(manage.db, { now: manage.clock() })
}

/** Mail is moved to another pool by rules alone. */
const SETTABLE_LIMITS = ['suspend', 'rate', 'connections'] as const

export type NewSiteLimit = {
  readonly site: string
  readonly kind: string
  /** Messages a minute, or connections. */
  readonly amount?: number
  readonly minutes: number
  /** For those who find it later. */
  readonly reason?: string
}

const REASON_MAX = 200
const SITE_MAX = 255
const AMOUNT_MAX = 100_000
const DAYS_MAX = 30

/** Holds for all of our addresses. Workers keep to it within seconds. @throws AppError `input.invalid`, `auth.forbidden` */
export async function setSiteLimit(manage: Manage, { minutes, ...input }: NewSiteLimit): Promise<SiteLimit> {
  requireOperator(manage)
  const createdAt = manage.clock()
  const kind = oneOfField('kind', input.kind, SETTABLE_LIMITS)
  const length = wholeField('minutes', minutes, { min: 1, max: DAYS_MAX * 24 * 60 })
  const limit: SiteLimit = {
    ...{ id: manage.newId(), site: textField('site', input.site, SITE_MAX), sourceIp: '', kind, ipPool: null, rule: BY_HAND, createdAt },
    amount: amountOf(kind, input.amount),
    reply: input.reason?.trim() ? textField('reason', input.reason, REASON_MAX) : '',
    until: new Date(createdAt.getTime() + length * 60_000),
  }
  await change(manage.db, async (tx) => {
    await addSiteLimit(tx, limit)
    await record(tx, manage, { action: 'site_limit.set', subjectId: limit.id, details: facts(limit) })
  })
  return limit
}

function amountOf(kind: (typeof SETTABLE_LIMITS)[number], amount: number | undefined): number | null {
  if (kind !== 'suspend') return wholeField('amount', amount ?? Number.NaN, { min: 1, max: AMOUNT_MAX })
  if (amount !== undefined) throw invalid('amount', 'amount is for limits of messages and connections; a suspension has none.')
  return null
}

/** Workers learn of it within five seconds; who came back before would be sent away again. */
const CALL_BACK_MS = 10_000
/** Mail comes back within this time after a suspension (`couriers/site.ts`). */
const SPREAD_MS = 5 * 60_000

/**
 * Mail that was to wait until the end of a suspension is called back.
 * @returns false when it was not in force any more @throws AppError `auth.forbidden`
 */
export async function liftSiteLimitBy(manage: Manage, { id }: { id: number }): Promise<boolean> {
  requireOperator(manage)
  const { db, clock } = manage
  const limit = await change(db, async (tx) => {
    const lifted = await liftSiteLimit(tx, id, clock())
    if (lifted) await record(tx, manage, { action: 'site_limit.lifted', subjectId: id, details: facts(lifted) })
    return lifted
  })
  if (limit?.kind === 'suspend') {
    const { site, until } = limit
    const suspended = { site, from: until, until: new Date(until.getTime() + SPREAD_MS) }
    await callBackSuspended(db, suspended, new Date(clock().getTime() + CALL_BACK_MS))
  }
  return limit !== undefined
}

const facts = ({ site, kind, amount, until, rule }: SiteLimit) => ({ site, kind, amount, rule, until: until.toISOString() })
