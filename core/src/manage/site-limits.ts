/** Temporary limits of sites, for operators: to see them and to end them. */
import { change } from '../store/change.ts'
import { liftSiteLimit, listSiteLimits, type SiteLimit } from '../store/site-limits.ts'
import { type Manage, record, requireOperator } from './context.ts'

/** @throws AppError `auth.forbidden` */
export async function siteLimitsInForce(manage: Manage): Promise<SiteLimit[]> {
  requireOperator(manage)
  return listSiteLimits(manage.db, { now: manage.clock() })
}

/** @returns false when it was not in force any more @throws AppError `auth.forbidden` */
export async function liftSiteLimitBy(manage: Manage, { id }: { id: number }): Promise<boolean> {
  requireOperator(manage)
  const lifted = await liftSiteLimit(manage.db, id, manage.clock())
  if (lifted) await change(manage.db, (tx) => record(tx, manage, { action: 'site_limit.lifted', subjectId: id }))
  return lifted
}
