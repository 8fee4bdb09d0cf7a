/** Where an organization's mail leaves from: its pools, the pool of each mail server, and the rules that go before it. */
import type { IpAddressState } from '../../../manage/ip-address-states.ts'
import { AddressList, PoolsRest } from '../ip-pools/list-page.tsx'
import { Empty } from '../ui/empty.tsx'
import { Action, Danger, FormToken, type Mistake } from '../ui/form.tsx'
import { type Crumb, Page } from '../ui/page.tsx'
import { Badge } from '../ui/status.tsx'
import type { View } from '../ui/view.ts'
import { type Choice, type RuleFields, RuleForm } from './rule-form.tsx'

export type PoolRow = Choice & { readonly isDefault: boolean; readonly addresses: readonly IpAddressState[] }
export type ServerRow = Choice & { readonly permalink: string; readonly ipPoolId: number | null }
export type RuleRow = {
  readonly href: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly pool: string
  /** Null for all mail servers. */
  readonly server: string | null
}

type Props = {
  readonly view: View
  readonly organization: Crumb
  readonly href: string
  readonly inUse: boolean
  readonly writable: boolean
  readonly pools: readonly PoolRow[]
  readonly servers: readonly ServerRow[]
  readonly rules: readonly RuleRow[]
  readonly fields?: RuleFields
  readonly mistake?: Mistake | undefined
}

export const OrganizationPoolsPage = ({ pools, ...props }: Props) => (
  <Page view={props.view} title={`IP pools · ${props.organization.label}`} crumbs={[props.organization]}>
    <div class="page-head">
      <h1>IP pools</h1>
      {props.view.visitor?.operator && <a href="/ip-pools">All pools</a>}
    </div>
    {!props.inUse && <PoolsRest />}
    {pools.length === 0 ? <NoPool /> : <Used pools={pools} {...props} />}
  </Page>
)

const NoPool = () => (
  <Empty title="No pool for this organization">
    <p>Its mail leaves from whatever address the system chooses. An administrator of this installation gives out pools.</p>
  </Empty>
)

const Used = ({ view, href, writable, pools, servers, rules, fields, mistake }: Props) => (
  <>
    {pools.map(({ name, isDefault, addresses }) => (
      <section class="card-group">
        <h2>
          {name} {isDefault && <Badge tone="quiet" label="Default" />}
        </h2>
        <AddressList view={view} addresses={addresses} />
      </section>
    ))}
    <section class="card-group">
      <h2>Mail servers</h2>
      <ul class="rows">
        {servers.map((server) => (
          <ServerItem view={view} server={server} pools={pools} action={writable ? `${href}/choice` : null} />
        ))}
      </ul>
    </section>
    <section class="card-group">
      <h2>Rules</h2>
      <p class="quiet rules-order">
        Those of a mail server are asked first, the newest before the others. What none applies to leaves from its mail server's pool.
      </p>
      {rules.length > 0 && (
        <ul class="rows">
          {rules.map((rule) => (
            <RuleItem view={view} rule={rule} writable={writable} />
          ))}
        </ul>
      )}
    </section>
    {writable && (
      <RuleForm {...{ view, pools, servers, fields, mistake, action: `${href}/rules`, title: 'Add a rule', button: 'Add rule' }} />
    )}
  </>
)

type ServerItemProps = {
  readonly view: View
  readonly server: ServerRow
  readonly pools: readonly Choice[]
  readonly action: string | null
}

const ServerItem = ({ view, server, pools, action }: ServerItemProps) => (
  <li class="row">
    <div class="row-main">
      <strong>{server.name}</strong>
      {action === null && <span class="quiet">{poolName(server, pools)}</span>}
    </div>
    {action !== null && (
      <form method="post" action={action} class="choice">
        <FormToken view={view} />
        <input type="hidden" name="server" value={String(server.id)} />
        <select name="pool" aria-label={`Pool of ${server.name}`}>
          <option value="">no pool</option>
          {pools.map(({ id, name }) => (
            <option value={String(id)} selected={id === server.ipPoolId}>
              {name}
            </option>
          ))}
        </select>
        <button class="button button-plain" type="submit">
          Save<span class="hidden"> the pool of {server.name}</span>
        </button>
      </form>
    )}
  </li>
)

const poolName = ({ ipPoolId }: ServerRow, pools: readonly Choice[]): string =>
  `leaves from ${pools.find(({ id }) => id === ipPoolId)?.name ?? 'no pool'}`

const RuleItem = ({ view, rule, writable }: { view: View; rule: RuleRow; writable: boolean }) => (
  <li class="row">
    <div class="row-main">
      {rule.from.length > 0 && <span>from {rule.from.join(', ')}</span>}
      {rule.to.length > 0 && (
        <span>
          {rule.from.length > 0 && 'or '}to {rule.to.join(', ')}
        </span>
      )}
      <span class="quiet">
        leaves from {rule.pool} · {rule.server ?? 'all mail servers'}
      </span>
    </div>
    {writable && (
      <div class="row-actions">
        <a class="button button-plain" href={rule.href}>
          Edit
        </a>
        <Danger summary="Remove">
          <p>Such mail leaves from the pool of its mail server again, unless another rule applies.</p>
          <Action view={view} action={`${rule.href}/removal`} label="Remove this rule" tone="danger" />
        </Danger>
      </div>
    )}
  </li>
)
