/** One address of a pool: what it greets with, which machines have it, its share, and how far its warming up has come. */
import type { IpAddressState, ProviderBudget } from '../../../manage/ip-address-states.ts'
import { Action, Danger } from '../ui/form.tsx'
import { Badge } from '../ui/status.tsx'
import { exactDay } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { Machines, Presence } from './presence.tsx'

type Props = {
  readonly view: View
  readonly address: IpAddressState
  /** Of the pool's mail, in words. */
  readonly share: string
  /** Where it is changed; null for those who only look. */
  readonly href: string | null
}

export const AddressItem = ({ view, address, share, href }: Props) => (
  <li class="row">
    <div class="row-main">
      <strong>{address.ipv4}</strong>
      {address.ipv6 !== null && <span class="address-ipv6">{address.ipv6}</span>}
      <span class="quiet">
        greets as <bdi>{address.hostname}</bdi> · {share}
      </span>
    </div>
    <div class="row-badges">
      <Presence address={address} />
      {address.warmUp ? (
        <Badge tone="warn" icon="clock" label={`Warming up, day ${address.warmUp.day}`} />
      ) : (
        <Badge tone="quiet" label={address.warmupEndedAt ? `Warm since ${exactDay(address.warmupEndedAt, view.timeZone)}` : 'Warm'} />
      )}
    </div>
    {view.visitor?.operator && <Machines view={view} address={address} />}
    {address.warmUp && <Budgets address={address} providers={address.warmUp.providers} />}
    {href !== null && <Moves view={view} address={address} href={href} />}
  </li>
)

type BudgetsProps = { readonly address: IpAddressState; readonly providers: readonly ProviderBudget[] }

const Budgets = ({ address, providers }: BudgetsProps) =>
  providers.length === 0 ? (
    <p class="budgets quiet">Nothing has been sent from it yet. It begins with 50 messages a day to each provider.</p>
  ) : (
    <ul class="budgets" aria-label={`Warm-up budgets of ${address.ipv4} today`}>
      {providers.map((budget) => (
        <Budget budget={budget} />
      ))}
    </ul>
  )

const number = (value: number): string => value.toLocaleString('en')

const Budget = ({ budget: { provider, budget, used, deferred, warm, lastDays } }: { budget: ProviderBudget }) => (
  <li class="budget">
    <span class="budget-provider">{provider === 'other' ? 'all others' : provider}</span>
    <svg class="budget-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="chart-ground" width="100" height="8" />
      <rect class={used >= budget ? 'chart-held' : 'chart-sent'} width={part(used, budget)} height="8" />
      {deferred > 0 && <rect class="chart-failed" width={part(deferred, budget)} height="8" />}
    </svg>
    <span class="budget-figures">
      {warm ? 'warm' : `${number(used)} of ${number(budget)} today`}
      {lastDays && ` · ${lastDays.done} of ${lastDays.of} last days`}
      {deferred > 0 && <span class="budget-deferred"> · {number(deferred)} put off</span>}
    </span>
  </li>
)

/** What happened once must be seen. */
const part = (count: number, budget: number): number => (count === 0 ? 0 : Math.min(100, Math.max(1, Math.round((count / budget) * 100))))

const Moves = ({ view, address, href }: { view: View; address: IpAddressState; href: string }) => (
  <div class="row-actions">
    <a class="button button-plain" href={href}>
      Edit {address.ipv4}
    </a>
    {address.warmUp ? (
      <Action view={view} action={`${href}/warm-up/end`} label="Take it for warm" />
    ) : (
      <Action view={view} action={`${href}/warm-up`} label="Begin warm-up" />
    )}
    <Danger summary="Remove">
      <p>What would have left from {address.ipv4} leaves from the others of its pool.</p>
      <Action view={view} action={`${href}/removal`} label={`Remove ${address.ipv4}`} tone="danger" />
    </Danger>
  </div>
)
