/** The domains that a mail server sends from. */
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Empty } from '../ui/empty.tsx'
import type { Mistake } from '../ui/form.tsx'
import { Badge, type Tone } from '../ui/status.tsx'
import type { View } from '../ui/view.ts'
import { DomainForm } from './form.tsx'

export type CheckStatus = 'ok' | 'missing' | 'invalid' | null

export type DomainRow = {
  readonly name: string
  readonly href: string
  readonly verified: boolean
  /** Of the organization, for all its mail servers. */
  readonly shared: boolean
  readonly checks: readonly { readonly label: string; readonly status: CheckStatus; readonly required: boolean }[]
}

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly domains: readonly DomainRow[]
  readonly name?: string
  readonly mistake?: Mistake | undefined
}

export const DomainsPage = ({ view, server, domains, name = '', mistake }: Props) => (
  <ServerPage view={view} server={server} section="domains" title="Domains">
    <div class="page-head">
      <h1>Domains</h1>
    </div>
    {domains.length > 0 ? (
      <ul class="rows">
        {domains.map((domain) => (
          <DomainItem domain={domain} />
        ))}
      </ul>
    ) : (
      <Empty title="No domain yet">
        <p>Mail may only be sent as a domain that you have proved to be yours. Add the part behind the @ of your From addresses.</p>
      </Empty>
    )}
    {server.writable && <DomainForm view={view} action={`${server.href}/domains`} name={name} mistake={mistake} />}
  </ServerPage>
)

const DomainItem = ({ domain }: { domain: DomainRow }) => (
  <li class="row">
    <div class="row-main">
      <a class="row-link" href={domain.href}>
        {domain.name}
      </a>
      {domain.shared && <span class="mark">for the whole organization</span>}
    </div>
    <div class="row-badges">
      {domain.verified ? (
        domain.checks.map(({ label, status, required }) => <CheckBadge label={label} status={status} required={required} />)
      ) : (
        <Badge tone="warn" icon="warning" label="Not verified" />
      )}
    </div>
  </li>
)

/** What is missing but not needed is no warning. */
export function CheckBadge({ label, status, required }: { label: string; status: CheckStatus; required: boolean }) {
  if (status === 'ok') return <Badge tone="good" icon="check" label={label} />
  if (status === null) return <Badge tone="quiet" icon="clock" label={`${label} not checked yet`} />
  if (status === 'missing' && !required) return <Badge tone="quiet" label={`${label} not set`} />
  const tone: Tone = required ? 'bad' : 'warn'
  return <Badge tone={tone} icon="cross" label={`${label} ${status === 'missing' ? 'missing' : 'wrong'}`} />
}
