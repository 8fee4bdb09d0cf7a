/** One pool: its addresses, who may use it, its name. */
import type { IpAddressState } from '../../../manage/ip-address-states.ts'
import type { IpPool } from '../../../store/ip-pools.ts'
import { Action, Danger, Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import { Page } from '../ui/page.tsx'
import { Badge } from '../ui/status.tsx'
import type { View } from '../ui/view.ts'
import { type AddressFields, AddressForm, type PoolFields, PoolForm } from './forms.tsx'
import { AddressList, POOLS, PoolsRest, START } from './list-page.tsx'

export type PoolUser = { readonly id: number; readonly name: string; readonly permalink: string }

/** What was wrong, and with which form. */
export type RefusedForm =
  | { readonly form: 'settings'; readonly fields: PoolFields; readonly mistake: Mistake }
  | { readonly form: 'address'; readonly fields: AddressFields; readonly mistake: Mistake }
  | { readonly form: 'page'; readonly mistake: Mistake }

type Props = {
  readonly view: View
  readonly pool: IpPool
  readonly href: string
  readonly inUse: boolean
  readonly addresses: readonly IpAddressState[]
  readonly users: readonly PoolUser[]
  /** Organizations that it might be given to. */
  readonly others: readonly PoolUser[]
  readonly refused?: RefusedForm | undefined
}

export const PoolPage = ({ view, pool, href, inUse, addresses, users, others, refused }: Props) => (
  <Page view={view} title={`${pool.name} · IP pools`} crumbs={[START, POOLS]}>
    <div class="page-head">
      <h1>{pool.name}</h1>
      {pool.isDefault && <Badge tone="quiet" label="Default" />}
    </div>
    {!inUse && <PoolsRest />}
    {refused?.form === 'page' && <FormMistake mistake={refused.mistake} />}
    <h2 class="hidden">Addresses</h2>
    <AddressList view={view} addresses={addresses} hrefOf={({ id }) => `${href}/addresses/${id}`} />
    <AddressForm
      view={view}
      action={`${href}/addresses`}
      title="Add an address"
      button="Add address"
      pools={[]}
      fields={refused?.form === 'address' ? refused.fields : undefined}
      mistake={refused?.form === 'address' ? refused.mistake : undefined}
    />
    <Users view={view} pool={pool} href={href} users={users} others={others} />
    <PoolForm
      view={view}
      action={`${href}/settings`}
      title="Settings"
      button="Save"
      fields={refused?.form === 'settings' ? refused.fields : pool}
      mistake={refused?.form === 'settings' ? refused.mistake : undefined}
    />
    <Danger summary="Remove this pool">
      <p>It must have no addresses, and no mail server or rule may use it.</p>
      <Action view={view} action={`${href}/removal`} label={`Remove ${pool.name}`} tone="danger" />
    </Danger>
  </Page>
)

type UsersProps = Pick<Props, 'view' | 'pool' | 'href' | 'users' | 'others'>

const Users = ({ view, pool, href, users, others }: UsersProps) => (
  <section class="card-group">
    <h2>Organizations that may use it</h2>
    {users.length > 0 ? (
      <ul class="rows">
        {users.map(({ id, name, permalink }) => (
          <li class="row">
            <div class="row-main">
              <a class="row-link" href={`/org/${permalink}/ip-pools`}>
                <bdi>{name}</bdi>
              </a>
            </div>
            <div class="row-badges">
              <Action view={view} action={`${href}/organizations/removal`} label={`Take it from ${name}`}>
                <input type="hidden" name="organization" value={String(id)} />
              </Action>
            </div>
          </li>
        ))}
      </ul>
    ) : (
      <p class="panel quiet">Nobody yet, so no mail leaves from {pool.name}.</p>
    )}
    {others.length > 0 && <GiveForm view={view} action={`${href}/organizations`} others={others} />}
  </section>
)

const GiveForm = ({ view, action, others }: { view: View; action: string; others: readonly PoolUser[] }) => (
  <form method="post" action={action} class="form panel give">
    <FormToken view={view} />
    <Field
      name="organization"
      label="Give it to"
      control={(ids) => (
        <select {...ids} name="organization">
          {others.map(({ id, name }) => (
            <option value={String(id)}>{name}</option>
          ))}
        </select>
      )}
    />
    <button class="button button-plain" type="submit">
      Give
    </button>
  </form>
)
