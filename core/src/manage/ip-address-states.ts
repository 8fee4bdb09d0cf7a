/** How addresses are doing: which machines have them, and how far their warming up has come with each provider. */
import { type AddressReport, byMachine, isSilent } from '../domain/presence.ts'
import { BUDGET_LAST, isWarm, LAST_DAYS, lastDaysDone, nextBudget } from '../domain/warm-up.ts'
import type { Database } from '../store/database.ts'
import type { IpAddress } from '../store/ip-addresses.ts'
import { dayOf, lastWarmupDays, type ProviderDay } from '../store/warm-up.ts'
import { listWorkerAddresses } from '../store/worker-addresses.ts'

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

/** A machine that has the address, or had when one of its workers last said so. */
export type MachineOfAddress = {
  readonly machine: string
  readonly ipv4: boolean
  /** Null when it has none. */
  readonly ipv6: boolean | null
  readonly seenAt: Date
  /** It has said nothing for minutes, so it does not count. */
  readonly silent: boolean
}

export type IpAddressState = IpAddress & {
  /** On any machine whose worker is alive; null while no worker is. */
  readonly present: { readonly ipv4: boolean; readonly ipv6: boolean | null } | null
  readonly machines: readonly MachineOfAddress[]
  /** Null when it is not being warmed up. */
  readonly warmUp: { readonly day: number; readonly providers: readonly ProviderBudget[] } | null
}

export type Looking = { readonly db: Database; readonly clock: () => Date }

const DAY_MS = 86_400_000

export async function statesOf({ db, clock }: Looking, addresses: readonly IpAddress[]): Promise<IpAddressState[]> {
  const warming = addresses.filter(({ warmupStartedAt }) => warmupStartedAt !== null)
  const [days, reports] = await Promise.all([
    lastWarmupDays(
      db,
      warming.map(({ id }) => id),
    ),
    listWorkerAddresses(db),
  ])
  const now = clock()
  return addresses.map((address) => ({
    ...address,
    ...presenceOf(address, byMachine(reports), now),
    warmUp: address.warmupStartedAt && {
      day: warmupDay(address.warmupStartedAt, now),
      providers: budgetsOf(
        days.filter(({ ipAddressId }) => ipAddressId === address.id),
        dayOf(now),
      ),
    },
  }))
}

function presenceOf({ ipv4, ipv6 }: IpAddress, reports: readonly AddressReport[], now: Date): Pick<IpAddressState, 'present' | 'machines'> {
  const all = reports.map(({ machine, addresses, seenAt }) => ({
    ...{ machine, seenAt, silent: isSilent({ seenAt }, now) },
    ...{ ipv4: addresses.has(ipv4), ipv6: ipv6 === null ? null : addresses.has(ipv6) },
  }))
  const alive = all.filter(({ silent }) => !silent)
  const present = { ipv4: alive.some((one) => one.ipv4), ipv6: ipv6 === null ? null : alive.some((one) => one.ipv6 === true) }
  return { present: alive.length > 0 ? present : null, machines: all.filter((one) => one.ipv4 || one.ipv6 === true) }
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
