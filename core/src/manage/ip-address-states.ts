/** How addresses are doing: whether this machine has them, and how far their warming up has come with each provider. */
import { BUDGET_LAST, isWarm, LAST_DAYS, lastDaysDone, nextBudget } from '../domain/warm-up.ts'
import { localAddresses } from '../net/local-addresses.ts'
import type { Database } from '../store/database.ts'
import type { IpAddress } from '../store/ip-addresses.ts'
import { dayOf, lastWarmupDays, type ProviderDay } from '../store/warm-up.ts'

export type ProviderBudget = {
  readonly provider: string
  /** Of today. */
  readonly budget: number
  readonly used: number
  /** Put off for a reason that is about us. */
  readonly deferred: number
  /** It has no budget any more. */
  readonly warm: boolean
  /** Clean days with the last budget, of those that end the warming; null before the last budget. */
  readonly lastDays: { readonly done: number; readonly of: number } | null
}

export type IpAddressState = IpAddress & {
  /** On the machine that is asked; other workers may run elsewhere. */
  readonly present: { readonly ipv4: boolean; readonly ipv6: boolean | null }
  /** Null when it is not being warmed up. */
  readonly warmUp: { readonly day: number; readonly providers: readonly ProviderBudget[] } | null
}

export type Looking = {
  readonly db: Database
  readonly clock: () => Date
  readonly local?: () => ReadonlySet<string>
}

const DAY_MS = 86_400_000

export async function statesOf({ db, clock, local = localAddresses }: Looking, addresses: readonly IpAddress[]): Promise<IpAddressState[]> {
  const warming = addresses.filter(({ warmupStartedAt }) => warmupStartedAt !== null)
  const days = await lastWarmupDays(
    db,
    warming.map(({ id }) => id),
  )
  const [here, today] = [local(), dayOf(clock())]
  return addresses.map((address) => ({
    ...address,
    present: { ipv4: here.has(address.ipv4), ipv6: address.ipv6 === null ? null : here.has(address.ipv6) },
    warmUp: address.warmupStartedAt && {
      day: warmupDay(address.warmupStartedAt, today),
      providers: budgetsOf(
        days.filter(({ ipAddressId }) => ipAddressId === address.id),
        today,
      ),
    },
  }))
}

/** The first is day 1. */
export const warmupDay = (startedAt: Date, now: Date): number =>
  1 + Math.round((dayOf(now).getTime() - dayOf(startedAt).getTime()) / DAY_MS)

const budgetsOf = (days: readonly ProviderDay[], today: Date): ProviderBudget[] =>
  [...Map.groupBy(days, ({ provider }) => provider)].map(([provider, own]) => ({ provider, ...budgetOf(own, today) }))

/** A day on which nothing has been sent yet has no row, and the budget that follows from those before. */
function budgetOf(days: readonly ProviderDay[], today: Date): Omit<ProviderBudget, 'provider'> {
  const begun = days.find(({ day }) => day.getTime() === today.getTime())
  const before = days.filter((day) => day !== begun)
  const budget = begun?.budget ?? nextBudget(before)
  const lastDays = budget === BUDGET_LAST ? { done: lastDaysDone(before), of: LAST_DAYS } : null
  return { budget, used: begun?.sent ?? 0, deferred: begun?.deferred ?? 0, warm: isWarm(budget), lastDays }
}
