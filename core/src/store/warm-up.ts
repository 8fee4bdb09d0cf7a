/** How the warming of addresses goes: for each provider a row a day, with its budget and what became of it. */
import { and, eq } from 'drizzle-orm'
import { LAST_DAYS, nextBudget, type WarmupDay } from '../domain/warm-up.ts'
import type { Queries } from './change.ts'
import type { Database } from './database.ts'
import { ipAddresses, warmupDays } from './schema/sending.ts'
import { select } from './select.ts'
import { inTransaction } from './transaction.ts'

export type WarmupPlace = { readonly ipAddressId: number; readonly provider: string; readonly now: Date }

const DAY_MS = 86_400_000
export const dayOf = (now: Date): Date => new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS)

/** Takes one message out of the day's budget. @returns false when it is used up */
export async function takeBudget(db: Database, place: WarmupPlace): Promise<boolean> {
  const take = async () => {
    const [result] = await db.$client.query(
      'UPDATE warmup_days SET sent = sent + 1 WHERE ip_address_id = ? AND provider = ? AND day = ? AND sent < budget',
      [place.ipAddressId, place.provider, dayOf(place.now)],
    )
    return 'affectedRows' in result && result.affectedRows === 1
  }
  if (await take()) return true
  await openDay(db, place)
  return take()
}

/** The first message of a day sets its budget; those that come at the same time find it set. */
async function openDay(db: Database, { ipAddressId, provider, now }: WarmupPlace): Promise<void> {
  await inTransaction(db, async (tx) => {
    const before = await select<WarmupDay>(
      tx,
      'SELECT budget, sent, deferred FROM warmup_days WHERE ip_address_id = ? AND provider = ? AND day < ? ORDER BY day DESC LIMIT ?',
      [ipAddressId, provider, dayOf(now), LAST_DAYS],
    )
    await tx.query('INSERT IGNORE INTO warmup_days (ip_address_id, provider, day, budget) VALUES (?, ?, ?, ?)', [
      ...[ipAddressId, provider, dayOf(now), nextBudget(before)],
    ])
  })
}

/** It was taken for a message that did not get there. */
export async function giveBudgetBack(db: Database, { ipAddressId, provider, now }: WarmupPlace): Promise<void> {
  await db.$client.query('UPDATE warmup_days SET sent = sent - 1 WHERE ip_address_id = ? AND provider = ? AND day = ? AND sent > 0', [
    ...[ipAddressId, provider, dayOf(now)],
  ])
}

/** A message was put off for a reason that is about us. */
export async function noteDeferral(db: Database, { ipAddressId, provider, now }: WarmupPlace): Promise<void> {
  await db.$client.query('UPDATE warmup_days SET deferred = deferred + 1 WHERE ip_address_id = ? AND provider = ? AND day = ?', [
    ...[ipAddressId, provider, dayOf(now)],
  ])
}

export type ProviderDay = WarmupDay & { readonly ipAddressId: number; readonly provider: string; readonly day: Date }

/** The latest days of each provider that was sent to, as many as the next budget follows from and one more; the latest first. */
export const lastWarmupDays = (db: Database, ipAddressIds: readonly number[]): Promise<ProviderDay[]> =>
  ipAddressIds.length === 0
    ? Promise.resolve([])
    : select<ProviderDay>(
        db.$client,
        `SELECT ipAddressId, provider, day, budget, sent, deferred FROM
           (SELECT ip_address_id AS ipAddressId, provider, day, budget, sent, deferred,
              ROW_NUMBER() OVER (PARTITION BY ip_address_id, provider ORDER BY day DESC) AS nth
            FROM warmup_days WHERE ip_address_id IN (?)) AS days
         WHERE nth <= ? ORDER BY ipAddressId, provider, day DESC`,
        [ipAddressIds, LAST_DAYS + 1],
      )

/** @returns false when it has ended meanwhile, or begun anew */
export async function endWarmup(db: Queries, { id, startedAt, now }: { id: number; startedAt: Date; now: Date }): Promise<boolean> {
  const [result] = await db
    .update(ipAddresses)
    .set({ warmupStartedAt: null, warmupEndedAt: now })
    .where(and(eq(ipAddresses.id, id), eq(ipAddresses.warmupStartedAt, startedAt)))
  return result.affectedRows === 1
}

/** So that a new warming begins with the first budget. */
export async function forgetWarmup(db: Queries, ipAddressId: number): Promise<void> {
  await db.delete(warmupDays).where(eq(warmupDays.ipAddressId, ipAddressId))
}
