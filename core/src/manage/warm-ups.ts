/** Ends the warming of addresses that need it no more. */
import { isWarmedUp } from '../domain/warm-up.ts'
import { change } from '../store/change.ts'
import { type IpAddress, listIpAddresses } from '../store/ip-addresses.ts'
import { dayOf, endWarmup, lastWarmupDays, type ProviderDay } from '../store/warm-up.ts'
import { type Manage, record, requireOperator } from './context.ts'
import { warmupDay } from './ip-address-states.ts'

const DAY_MS = 86_400_000
/** What went wrong with a provider that has got no mail for so long keeps nothing back. */
const DAYS_THAT_COUNT = 30

/** @returns those that have become warm by their own plan @throws AppError `auth.forbidden` */
export async function endWarmUps(manage: Manage): Promise<IpAddress[]> {
  requireOperator(manage)
  const now = manage.clock()
  const warming = (await listIpAddresses(manage.db)).filter(({ warmupStartedAt }) => warmupStartedAt !== null)
  const days = await daysThatCount(manage, warming)
  const ended: IpAddress[] = []
  for (const address of warming) {
    const own = days.filter(({ ipAddressId }) => ipAddressId === address.id)
    const providers = Map.groupBy(own, ({ provider }) => provider)
    if (isWarmedUp([...providers.values()]) && (await end(manage, address, now))) ended.push(address)
  }
  return ended
}

/** Today is not over. */
async function daysThatCount({ db, clock }: Manage, warming: readonly IpAddress[]): Promise<ProviderDay[]> {
  const today = dayOf(clock()).getTime()
  const days = await lastWarmupDays(
    db,
    warming.map(({ id }) => id),
  )
  return days.filter(({ day }) => day.getTime() < today && day.getTime() >= today - DAYS_THAT_COUNT * DAY_MS)
}

async function end(manage: Manage, { id, ipv4, warmupStartedAt: startedAt }: IpAddress, now: Date): Promise<boolean> {
  if (startedAt === null) return false
  return change(manage.db, async (tx) => {
    if (!(await endWarmup(tx, { id, startedAt, now }))) return false
    const details = { ipv4, days: warmupDay(startedAt, now) }
    await record(tx, manage, { action: 'ip_address.warm_up_ended', subjectId: id, details })
    return true
  })
}
