/** Who is refused for a while because of too many failures to prove himself, for operators: to see it and to end it. */
import { change } from '../store/change.ts'
import { liftBlock, listBlocks, type Throttle, type ThrottleSubject } from '../store/throttles.ts'
import { type Manage, record, requireOperator } from './context.ts'

export type Block = ThrottleSubject & {
  readonly failures: number
  readonly since: Date
  readonly until: Date
}

/** @throws AppError `auth.forbidden` */
export async function blocksInForce(manage: Manage): Promise<Block[]> {
  requireOperator(manage)
  return (await listBlocks(manage.db, manage.clock())).flatMap(toBlock)
}

const toBlock = ({ kind, subject, failures, windowStartedAt, blockedUntil }: Throttle): Block[] =>
  blockedUntil ? [{ kind, subject, failures, since: windowStartedAt, until: blockedUntil }] : []

/**
 * The failures are forgotten too. Other processes notice within two seconds.
 * @returns false when it was not in force any more @throws AppError `auth.forbidden`
 */
export async function liftBlockBy(manage: Manage, { kind, subject }: ThrottleSubject): Promise<boolean> {
  requireOperator(manage)
  return change(manage.db, async (tx) => {
    const lifted = await liftBlock(tx, { kind, subject })
    if (lifted) await record(tx, manage, { action: 'block.lifted', subjectId: null, details: { kind, subject } })
    return lifted
  })
}
