/** How addresses are doing: whether this machine has them, and how far their warming up has come with each provider. */
import { isWarm, nextBudget } from '../domain/warm-up.ts'
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
  readonly warm: boolean
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
      day: 1 + Math.round((today.getTime() - dayOf(address.warmupStartedAt).getTime()) / DAY_MS),
      providers: days.filter(({ ipAddressId }) => ipAddressId === address.id).map((day) => budgetOf(day, today)),
    },
  }))
}

/** A day on which nothing has been sent yet has no row, and the budget that follows from the last. */
function budgetOf({ provider, day, ...last }: ProviderDay, today: Date): ProviderBudget {
  const begun = day.getTime() === today.getTime()
  const budget = begun ? last.budget : nextBudget(last)
  return { provider, budget, used: begun ? last.sent : 0, deferred: begun ? last.deferred : 0, warm: isWarm(budget) }
}
