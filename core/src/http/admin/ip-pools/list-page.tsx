/** All pools with their addresses, for operators. */
import type { IpAddressState } from '../../../manage/ip-address-states.ts'
import { Empty } from '../ui/empty.tsx'
import type { Mistake } from '../ui/form.tsx'
import { Page } from '../ui/page.tsx'
import { Badge } from '../ui/status.tsx'
import type { View } from '../ui/view.ts'
import { AddressItem } from './address-item.tsx'
import { type PoolFields, PoolForm } from './forms.tsx'
import { shareOf } from './presence.tsx'

export type PoolSection = {
  readonly href: string
  readonly name: string
  readonly isDefault: boolean
  readonly addresses: readonly IpAddressState[]
}

type Props = {
  readonly view: View
  readonly pools: readonly PoolSection[]
  readonly inUse: boolean
  readonly fields?: PoolFields
  readonly mistake?: Mistake | undefined
}

export const START = { label: 'Mail servers', href: '/' }
export const POOLS = { label: 'IP pools', href: '/ip-pools' }

export const PoolsPage = ({ view, pools, inUse, fields, mistake }: Props) => (
  <Page view={view} title="IP pools" crumbs={[START]}>
    <div class="page-head">
      <h1>IP pools</h1>
    </div>
    {!inUse && <PoolsRest />}
    {pools.length === 0 && (
      <Empty title="No pool yet">
        <p>A pool is a group of addresses of our machines that mail leaves from. Without one the system chooses the address.</p>
      </Empty>
    )}
    {pools.map((pool) => (
      <section class="card-group">
        <h2>
          <a href={pool.href}>{pool.name}</a> {pool.isDefault && <Badge tone="quiet" label="Default" />}
        </h2>
        <AddressList view={view} addresses={pool.addresses} />
      </section>
    ))}
    <PoolForm view={view} action="/ip-pools" title="Add a pool" button="Add pool" fields={fields} mistake={mistake} />
  </Page>
)

export const PoolsRest = () => (
  <p class="notice notice-hold">
    <strong>IP pools rest:</strong> set postal.use_ip_pools to true and restart, and mail leaves from their addresses.
  </p>
)

type ListProps = {
  readonly view: View
  readonly addresses: readonly IpAddressState[]
  /** Of a single address; without it they are only looked at. */
  readonly hrefOf?: (address: IpAddressState) => string
}

export const AddressList = ({ view, addresses, hrefOf }: ListProps) =>
  addresses.length > 0 ? (
    <ul class="rows">
      {addresses.map((address) => (
        <AddressItem view={view} address={address} share={shareOf(address, addresses)} href={hrefOf?.(address) ?? null} />
      ))}
    </ul>
  ) : (
    <p class="panel quiet">It has no addresses yet, so the system chooses.</p>
  )
