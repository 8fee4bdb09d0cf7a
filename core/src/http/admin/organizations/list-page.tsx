/** The start page: every mail server one may see, and how its last day went. */
import { type ChartHour, HourChart, Sparkline, totalOf } from '../ui/chart.tsx'
import { Empty } from '../ui/empty.tsx'
import { Page } from '../ui/page.tsx'
import { Badge } from '../ui/status.tsx'
import type { View } from '../ui/view.ts'

export type ServerCard = {
  readonly name: string
  readonly href: string
  readonly state: 'live' | 'development' | 'suspended'
  readonly hours: readonly ChartHour[]
}
export type OrganizationCard = { readonly name: string; readonly href: string; readonly servers: readonly ServerCard[] }

type Props = {
  readonly view: View
  readonly organizations: readonly OrganizationCard[]
  readonly hours: readonly ChartHour[]
  readonly nextHref: string | null
}

export function StartPage({ view, organizations, hours, nextHref }: Props) {
  const empty = organizations.length === 0
  return (
    <Page view={view} title="Mail servers">
      <div class="page-head">
        <h1>Mail servers</h1>
      </div>
      {empty ? <NoOrganization view={view} /> : <HourChart hours={hours} view={view} title="Last 24 hours" />}
      {organizations.map((organization) => (
        <OrganizationSection organization={organization} view={view} />
      ))}
      {nextHref && (
        <p class="pager">
          <a class="button button-plain" href={nextHref}>
            More organizations
          </a>
        </p>
      )}
    </Page>
  )
}

function NoOrganization({ view }: { view: View }) {
  if (!view.visitor?.operator)
    return (
      <Empty title="You are not a member of any organization yet">
        <p>Ask the administrator of this installation to add you to one. Your address is {view.visitor?.emailAddress}.</p>
      </Empty>
    )
  return (
    <Empty title="No organization yet">
      <p>An organization owns mail servers, and they send mail. Create the first ones on the machine:</p>
      <pre class="empty-command">
        <code>{'npm run -s posthaste -- org create Acme\nnpm run -s posthaste -- server create Shop --org acme'}</code>
      </pre>
    </Empty>
  )
}

export function OrganizationSection({ organization, view }: { organization: OrganizationCard; view: View }) {
  return (
    <section class="card-group">
      <h2>
        <a href={organization.href}>{organization.name}</a>
      </h2>
      {organization.servers.length === 0 ? (
        <p class="quiet">No mail server yet.</p>
      ) : (
        <ServerCards servers={organization.servers} view={view} />
      )}
    </section>
  )
}

const ServerCards = ({ servers, view }: { servers: readonly ServerCard[]; view: View }) => (
  <ul class="cards">
    {servers.map((server) => (
      <li class="card">
        <div class="card-head">
          <h3>
            <a class="card-link" href={server.href}>
              {server.name}
            </a>
          </h3>
          <ServerState state={server.state} />
        </div>
        <Sparkline hours={server.hours} view={view} />
        <dl class="card-counts">
          {(['sent', 'held', 'failed'] as const).map((name) => (
            <div>
              <dt>{name}</dt>
              <dd>{totalOf(server.hours, name).toLocaleString('en')}</dd>
            </div>
          ))}
        </dl>
      </li>
    ))}
  </ul>
)

export function ServerState({ state }: { state: ServerCard['state'] }) {
  if (state === 'suspended') return <Badge tone="bad" icon="pause" label="Suspended" />
  if (state === 'development') return <Badge tone="hold" icon="pause" label="Development" />
  return <Badge tone="good" icon="check" label="Live" />
}
