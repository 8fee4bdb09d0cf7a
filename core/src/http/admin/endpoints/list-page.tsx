/** Where a mail server's routed mail can go. */
import type { EndpointType } from '../../../domain/message.ts'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Empty } from '../ui/empty.tsx'
import { Badge } from '../ui/status.tsx'
import { RelativeTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'

export type EndpointItem = {
  readonly href: string
  readonly type: EndpointType
  readonly name: string
  readonly target: string
  readonly lastUsedAt: Date | null
}

export const TYPE_LABELS: Readonly<Record<EndpointType, string>> = { http: 'HTTP', smtp: 'SMTP or LMTP', address: 'Address' }

type Props = { readonly view: View; readonly server: ServerFrame; readonly endpoints: readonly EndpointItem[] }

export const EndpointsPage = ({ view, server, endpoints }: Props) => (
  <ServerPage view={view} server={server} section="endpoints" title="Endpoints">
    <div class="page-head">
      <h1>Endpoints</h1>
    </div>
    {server.writable && (
      <div class="bar">
        <div class="bar-actions">
          {Object.entries(TYPE_LABELS).map(([type, label]) => (
            <a class="button button-plain" href={`${server.href}/endpoints/new/${type}`}>
              Add: {label}
            </a>
          ))}
        </div>
      </div>
    )}
    {endpoints.length > 0 ? (
      <ul class="rows">
        {endpoints.map((endpoint) => (
          <Item endpoint={endpoint} view={view} writable={server.writable} />
        ))}
      </ul>
    ) : (
      <Empty title="No endpoint yet">
        <p>An endpoint takes the mail of a route: your application by HTTP, a mail server by SMTP or LMTP, or a mailbox elsewhere.</p>
      </Empty>
    )}
  </ServerPage>
)

const Item = ({ endpoint, view, writable }: { endpoint: EndpointItem; view: View; writable: boolean }) => (
  <li class="row">
    <div class="row-main">
      {writable ? (
        <a class="row-link" href={endpoint.href}>
          <bdi>{endpoint.name}</bdi>
        </a>
      ) : (
        <strong>
          <bdi>{endpoint.name}</bdi>
        </strong>
      )}
      {endpoint.target !== endpoint.name && <span class="quiet row-url">{endpoint.target}</span>}
      <span class="quiet">
        {endpoint.lastUsedAt ? (
          <>
            last used <RelativeTime at={endpoint.lastUsedAt} view={view} />
          </>
        ) : (
          'not used yet'
        )}
      </span>
    </div>
    <div class="row-badges">
      <Badge tone="quiet" label={TYPE_LABELS[endpoint.type]} />
    </div>
  </li>
)
