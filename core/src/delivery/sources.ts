/** Chooses the address that a message leaves from: pool by rule, address by share and stickiness, within the budget of its warming. */
import type { Outcome } from '../domain/delivery.ts'
import { inOrderFor, poolByRules } from '../domain/ip-choice.ts'
import { REPLY_CLASSES } from '../domain/smtp-reply-class.ts'
import { parseAddressList } from '../mail/addresses.ts'
import type { Database } from '../store/database.ts'
import type { IpPlan, PlannedAddress } from '../store/ip-plan.ts'
import { dayOf, giveBudgetBack, noteDeferral, takeBudget, type WarmupPlace } from '../store/warm-up.ts'
import type { Source } from './couriers/open-host.ts'
import type { Later } from './couriers/site.ts'
import type { IpPlans } from './ip-plans.ts'
import type { Job } from './job.ts'

/** Where the message is about to go. */
export type Destination = { readonly site: string; readonly provider: string }
/** Told of what came of it; of undefined when nothing was tried. */
export type Chosen = { readonly source: Source | null; readonly note: (outcome: Outcome | undefined) => Promise<void> }
export type ChooseSource = (destination: Destination) => Promise<Chosen | Later>

export type SourcesOptions = {
  readonly db: Database
  readonly plans: IpPlans
  readonly clock: () => Date
  readonly random: () => number
  /** Addresses of this machine now. */
  readonly localAddresses: () => ReadonlySet<string>
  /** Addresses of a pool that no machine of a worker has, each told of once in a while. */
  readonly onMissing: (address: PlannedAddress) => void
  /** Name of the pool that a site's mail leaves from instead of this address, because of what the site has replied. */
  readonly movedTo?: (place: { readonly site: string; readonly sourceIp: string }) => string | undefined
}

const MISSING_EVERY_MS = 3_600_000
const MISSING_WAIT_MS = 10 * 60_000
/** Until a worker of another machine may have taken it. */
const ELSEWHERE_WAIT_MS = 3_000
const UNLIMITED: Chosen = { source: null, note: async () => undefined }

export function createSources(options: SourcesOptions): (job: Job) => ChooseSource {
  const { plans } = options
  const tell = oncePerHour(options)

  return (job) => async (destination) => {
    const plan = await plans.read()
    const { present } = plan
    const key = `${job.message.mailServerId} ${job.entry.priority} ${destination.site}`
    const usable = (ipPoolId: number): PlannedAddress[] => {
      const addresses = plan.addresses.filter((address) => address.ipPoolId === ipPoolId)
      return inOrderFor(
        key,
        onThisMachine(options, addresses, (missing) => tell(missing, present)),
      )
    }
    const instead = insteadOf(options, { plan, site: destination.site, usable })
    const pool = await poolFor(plan, job)
    if (pool === undefined || !plan.addresses.some((address) => address.ipPoolId === pool)) {
      const moved = instead('')
      return moved ? within(options, moved, destination) : UNLIMITED
    }
    const own = usable(pool)
    if (own.length > 0) {
      const addresses = own.flatMap((address) => instead(address.ipv4) ?? [address])
      return within(options, addresses, destination)
    }
    return fromElsewhere(options, plan, pool)
  }
}

/** A worker of another machine may have the address, and takes the mail when it is due again. */
function fromElsewhere({ clock, random }: SourcesOptions, { addresses, present }: IpPlan, pool: number): Later {
  const elsewhere = addresses.some(({ ipPoolId, ipv4 }) => ipPoolId === pool && present.has(ipv4))
  const at = new Date(clock().getTime() + (elsewhere ? ELSEWHERE_WAIT_MS : MISSING_WAIT_MS) * (1 + random()))
  return { kind: 'later', at, why: `none of the addresses of its IP pool is on ${elsewhere ? 'this' : 'any'} machine` }
}

type Tell = (address: PlannedAddress, present: ReadonlySet<string>) => void

/** What another machine has is missing nowhere. */
function oncePerHour({ clock, onMissing }: SourcesOptions): Tell {
  const told = new Map<number, number>()
  return (address, present) => {
    if (present.has(address.ipv4) && (address.ipv6 === null || present.has(address.ipv6))) return
    const now = clock().getTime()
    if ((told.get(address.id) ?? 0) + MISSING_EVERY_MS > now) return
    told.set(address.id, now)
    onMissing(address)
  }
}

type Moving = { readonly plan: IpPlan; readonly site: string; readonly usable: (ipPoolId: number) => PlannedAddress[] }

/** The addresses that a site's mail was moved to; undefined when it was not, or to where nothing can leave from. */
const insteadOf =
  ({ movedTo }: SourcesOptions, { plan, site, usable }: Moving) =>
  (sourceIp: string): PlannedAddress[] | undefined => {
    const name = movedTo?.({ site, sourceIp })
    const pool = name === undefined ? undefined : plan.pools.find((one) => one.name === name)
    const found = pool && usable(pool.id).filter(({ ipv4 }) => movedTo?.({ site, sourceIp: ipv4 }) === undefined)
    return found?.length ? found : undefined
  }

function onThisMachine(
  { localAddresses }: SourcesOptions,
  addresses: readonly PlannedAddress[],
  tell: (missing: PlannedAddress) => void,
): PlannedAddress[] {
  const here = localAddresses()
  const isHere = (ip: string | null): ip is string => ip !== null && here.has(ip)
  for (const address of addresses) if (!isHere(address.ipv4) || (address.ipv6 !== null && !isHere(address.ipv6))) tell(address)
  // An address is known by its IPv4; without its IPv6 it still reaches most.
  return addresses.filter(({ ipv4 }) => isHere(ipv4)).map((address) => ({ ...address, ipv6: isHere(address.ipv6) ? address.ipv6 : null }))
}

/** The mail server's rules go before its organization's; then its own pool. */
async function poolFor({ rules, poolOf }: IpPlan, { message, mailServer, mail }: Job): Promise<number | undefined> {
  if (!mailServer) return undefined
  const own = rules.filter((rule) => rule.mailServerId === mailServer.id)
  const shared = rules.filter((rule) => rule.mailServerId === null && rule.organizationId === mailServer.organizationId)
  const applying = [...own, ...shared]
  if (applying.length === 0) return poolOf.get(mailServer.id)
  const headers = mail ? (await mail()).plan.tracking.headers : []
  const from = headers
    .filter((header) => header.name === 'from')
    .flatMap((header) => parseAddressList(header.value).map(({ address }) => address))
  return poolByRules(applying, { from, rcptTo: message.rcptTo }) ?? poolOf.get(mailServer.id)
}

/** The first that is warm or has something of its day's budget left; the rest overflows to the next, and at last to tomorrow. */
async function within(
  { db, clock, random }: SourcesOptions,
  addresses: readonly PlannedAddress[],
  { provider }: Destination,
): Promise<Chosen | Later> {
  const now = clock()
  for (const address of addresses) {
    if (address.warmupStartedAt === null) return { ...UNLIMITED, source: sourceOf(address) }
    const place = { ipAddressId: address.id, provider, now }
    if (await takeBudget(db, place)) {
      return { source: sourceOf(address), note: (outcome) => noteWarming(db, place, outcome) }
    }
  }
  const tomorrow = new Date(dayOf(now).getTime() + 86_400_000 + random() * 3_600_000)
  return { kind: 'later', at: tomorrow, why: `the warm-up budget for ${provider} is used up for today` }
}

/** A day's use proves something only when its mail reached the provider. */
async function noteWarming(db: Database, place: WarmupPlace, outcome: Outcome | undefined): Promise<void> {
  if (outcome && isAboutUs(outcome)) await noteDeferral(db, place)
  else if (!outcome || outcome.unreachable) await giveBudgetBack(db, place)
}

const sourceOf = ({ ipv4, ipv6, hostname }: PlannedAddress): Source => ({ ipv4, ipv6, heloName: hostname })

const isAboutUs = ({ kind, replyClass }: Outcome): boolean =>
  kind !== 'sent' && replyClass !== undefined && REPLY_CLASSES[replyClass].about === 'us'
