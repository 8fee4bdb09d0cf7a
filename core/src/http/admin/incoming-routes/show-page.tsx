/** One route: where to send mail for it, where that goes, what came lately, and how to change it. */
import { type ListedEndpoint, labelOf } from '../../../manage/endpoint-list.ts'
import type { ListedRoute } from '../../../manage/route-list.ts'
import type { Domain } from '../../../store/domains.ts'
import { WILDCARD_NAME } from '../../../store/route-lookup.ts'
import { TYPE_LABELS } from '../endpoints/list-page.tsx'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Copy } from '../ui/copy.tsx'
import { type Fact, Facts } from '../ui/facts.tsx'
import { Action, Danger, type Mistake } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Badge } from '../ui/status.tsx'
import type { View } from '../ui/view.ts'
import type { RouteChoices, RouteFields } from './fields.ts'
import { MODE_LABELS, RouteForm, SPAM_LABELS } from './form.tsx'
import { MODE_BADGES, shownAddress } from './list-page.tsx'

export type RouteDetails = {
  readonly route: ListedRoute
  /** Undefined for the return path's route. */
  readonly domain: Domain | undefined
  /** Where bounces come home to; null for other routes. */
  readonly returnPath: string | null
  /** Of the last days; null where it is not counted. */
  readonly arrivals: { readonly count: number; readonly more: boolean; readonly days: number } | null
  readonly messagesHref: string
}

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly details: RouteDetails
  readonly fields: RouteFields
  readonly choices: RouteChoices
  readonly mistake?: Mistake | undefined
}

export function RoutePage({ view, server, details, fields, choices, mistake }: Props) {
  const { route } = details
  const href = `${server.href}/routes/${route.uuid}`
  return (
    <ServerPage view={view} server={server} section="routes" title={shownAddress(route)}>
      <RouteHead server={server} title={shownAddress(route)} badge={<Badge {...MODE_BADGES[route.mode]} />} />
      <section class="panel facts-beside">
        <Facts facts={[...sendTo(details, server), ...outcome(details, server)]} />
      </section>
      {server.writable && (
        <section class="panel form-panel">
          <h2>Change it</h2>
          <RouteForm view={view} action={`${href}/settings`} button="Save" fields={fields} choices={choices} mistake={mistake} />
          <p class="quiet form-note">Mail that waits follows.</p>
        </section>
      )}
      {server.writable && (
        <Danger summary="Remove this route">
          <p>{afterRemoval(route)} What waits for it fails.</p>
          <Action view={view} action={`${href}/removal`} label={`Remove ${shownAddress(route)}`} tone="danger" />
        </Danger>
      )}
    </ServerPage>
  )
}

function afterRemoval({ name, address, domainId }: ListedRoute): string {
  if (domainId === null) return 'Bounces that match no message fail from then on.'
  const unless = name === WILDCARD_NAME ? ', where no other route takes it' : ', unless the domain has a wildcard'
  return `Mail for ${address} is refused from then on${unless}.`
}

export const RouteHead = ({ server, title, badge }: { server: ServerFrame; title: string; badge?: unknown }) => (
  <div class="page-head">
    <div>
      <p class="message-back">
        <a href={`${server.href}/routes`}>
          <Icon name="back" />
          Routes
        </a>
      </p>
      <h1>
        <bdi>{title}</bdi>
      </h1>
    </div>
    {badge}
  </div>
)

function sendTo({ route, domain, returnPath }: RouteDetails, server: ServerFrame): Fact[] {
  if (returnPath !== null)
    return [
      { name: 'Bounces come to', value: <Copy value={returnPath} label="the return path" /> },
      { name: 'Which of them', value: 'Those that match no message of this mail server, and mail that is no bounce at all.' },
    ]
  const wildcard = route.name === WILDCARD_NAME
  return [
    {
      name: 'Send mail to',
      value: wildcard ? (
        `any address of ${route.domainName} that no other route takes`
      ) : (
        <>
          <Copy value={route.address} label="the address" />
          <span class="quiet">
            and with tags, such as {route.name}+7@{route.domainName}
          </span>
        </>
      ),
    },
    { name: 'Is it led here?', value: domain ? <MxState domain={domain} server={server} /> : null },
    {
      name: 'Or forward it to',
      value: route.forwardAddress && (
        <>
          <Copy value={route.forwardAddress} label="the forwarding address" />
          <span class="quiet">which comes to this route whatever the MX records say</span>
        </>
      ),
    },
  ]
}

function MxState({ domain, server }: { domain: Domain; server: ServerFrame }) {
  const link = <a href={`${server.href}/domains/${domain.uuid}`}>{domain.name}</a>
  if (domain.mxStatus === 'ok') return <>Yes: the MX records of {link} lead here.</>
  if (domain.mxStatus === null) return <>Not known yet: the MX records of {link} have not been looked up.</>
  return (
    <span>
      <Badge tone="warn" icon="warning" label="Not yet" /> <span>The MX records of {link} do not lead here.</span>
    </span>
  )
}

function outcome({ route, arrivals, messagesHref }: RouteDetails, server: ServerFrame): Fact[] {
  const [own, ...copies] = route.targets
  return [
    {
      name: 'Its mail goes to',
      value: route.mode === 'endpoint' ? <EndpointLink endpoint={own?.endpoint} server={server} /> : MODE_LABELS[route.mode],
    },
    {
      name: copies.length > 1 ? 'Copies go to' : 'A copy goes to',
      value:
        copies.length > 0 ? (
          <ul>
            {copies.map(({ endpoint }) => (
              <li>
                <EndpointLink endpoint={endpoint} server={server} />
              </li>
            ))}
          </ul>
        ) : null,
    },
    { name: 'What of spam', value: server.writable ? null : SPAM_LABELS[route.spamMode] }, // the form below says it
    {
      name: 'What came',
      value: (
        <>
          {arrivals && `${arrivals.count.toLocaleString('en')}${arrivals.more ? ' or more' : ''} in the last ${arrivals.days} days · `}
          <a href={messagesHref}>{route.name === WILDCARD_NAME ? `Look at all mail for ${route.domainName}` : 'Look at its mail'}</a>
        </>
      ),
    },
  ]
}

const EndpointLink = ({ endpoint, server }: { endpoint: ListedEndpoint | undefined; server: ServerFrame }) => {
  if (!endpoint) return <>an endpoint that is gone</>
  const label = <bdi>{labelOf(endpoint)}</bdi>
  return (
    <>
      {server.writable ? <a href={`${server.href}/endpoints/${endpoint.uuid}`}>{label}</a> : label}{' '}
      <span class="quiet">({TYPE_LABELS[endpoint.type]})</span>
    </>
  )
}
