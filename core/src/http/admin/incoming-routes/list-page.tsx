/** Which addresses a mail server takes mail for, and where that goes. */
import { labelOf } from '../../../manage/endpoint-list.ts'
import type { ListedRoute } from '../../../manage/route-list.ts'
import { RETURN_PATH_NAME } from '../../../store/route-lookup.ts'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Empty } from '../ui/empty.tsx'
import { Icon } from '../ui/icon.tsx'
import { Pager } from '../ui/pager.tsx'
import { Badge, type Tone } from '../ui/status.tsx'
import type { View } from '../ui/view.ts'
import { TrialPanel, type TriedAddress } from './trial.tsx'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly routes: readonly ListedRoute[]
  readonly search: string
  readonly previousHref: string | null
  readonly nextHref: string | null
  readonly tried: TriedAddress | null
}

export const RoutesPage = ({ view, server, routes, search, previousHref, nextHref, tried }: Props) => {
  const href = `${server.href}/routes`
  const none = routes.length === 0 && search === '' && previousHref === null
  return (
    <ServerPage view={view} server={server} section="routes" title="Routes">
      <div class="page-head">
        <h1>Routes</h1>
        <p class="bar-actions">
          {!none && (
            <a class="button button-plain" href="#trial">
              Try an address out
            </a>
          )}
          {server.writable && (
            <a class="button button-main" href={`${href}/new`}>
              Add a route
            </a>
          )}
        </p>
      </div>
      {!none && <Search action={href} search={search} />}
      {routes.length > 0 && <RouteList routes={routes} href={href} />}
      {routes.length === 0 && (none ? <NoRoute server={server} /> : <NoneFound />)}
      <Pager previous={previousHref} next={nextHref} labels={{ previous: 'First', next: 'More' }} />
      <TrialPanel action={href} tried={tried} />
    </ServerPage>
  )
}

const Search = ({ action, search }: { action: string; search: string }) => (
  <search class="search">
    <form method="get" action={action} class="search-line">
      <div class="search-box">
        <Icon name="search" />
        <input
          type="search"
          name="search"
          value={search}
          maxlength={320}
          aria-label="Part of an address"
          placeholder="Part of an address"
        />
      </div>
      <button class="button button-plain" type="submit">
        Search
      </button>
    </form>
  </search>
)

/** The way to the first incoming mail, step by step. */
const NoRoute = ({ server }: { server: ServerFrame }) => (
  <Empty title="No route yet">
    <p>A route takes the mail for an address of yours and says where it goes.</p>
    <ol class="steps">
      <li>
        <a href={`${server.href}/domains`}>Verify the domain</a> that the address belongs to.
      </li>
      <li>
        <a href={`${server.href}/endpoints`}>Add an endpoint</a>: your application, a mail server, or a mailbox elsewhere.
      </li>
      <li>
        {server.writable ? <a href={`${server.href}/routes/new`}>Add a route</a> : 'Add a route'}, and lead the domain’s MX records here or
        forward mail to the route’s own address.
      </li>
    </ol>
  </Empty>
)

const NoneFound = () => (
  <Empty icon="search" title="No such route">
    <p>No route has this in its address. Mail may still come to a wildcard: try the whole address out below.</p>
  </Empty>
)

export const RouteList = ({ routes, href }: { routes: readonly ListedRoute[]; href: string }) => (
  <ul class="rows">
    {routes.map((route) => (
      <li class="row">
        <div class="row-main">
          <a class="row-link" href={`${href}/${route.uuid}`}>
            <bdi>{shownAddress(route)}</bdi>
          </a>
          <span class="quiet">{leadsTo(route)}</span>
        </div>
        <div class="row-badges">
          {route.spamMode !== 'mark' && <Badge tone="quiet" label={route.spamMode === 'fail' ? 'Spam fails' : 'Spam is held'} />}
          {route.mode !== 'endpoint' && <Badge {...MODE_BADGES[route.mode]} />}
        </div>
      </li>
    ))}
  </ul>
)

export const shownAddress = ({ name, address }: Pick<ListedRoute, 'name' | 'address'>): string =>
  name === RETURN_PATH_NAME ? 'Return path' : address

export const MODE_BADGES: Readonly<Record<ListedRoute['mode'], { label: string; tone: Tone }>> = {
  endpoint: { label: 'Handed on', tone: 'good' },
  accept: { label: 'Kept', tone: 'good' },
  hold: { label: 'Held', tone: 'hold' },
  bounce: { label: 'Bounces', tone: 'bad' },
  reject: { label: 'Refused', tone: 'bad' },
}

const ENDINGS: Readonly<Record<Exclude<ListedRoute['mode'], 'endpoint'>, string>> = {
  accept: 'kept here, and handed to nobody',
  hold: 'held until somebody decides',
  bounce: 'bounced to its sender',
  reject: 'refused at the door',
}

function leadsTo({ mode, targets }: ListedRoute): string {
  if (mode !== 'endpoint') return ENDINGS[mode]
  const names = targets.map(({ endpoint }) => (endpoint ? labelOf(endpoint) : 'an endpoint that is gone'))
  const [first = 'nowhere', ...copies] = names
  if (copies.length > 3) return `to ${first}, and copies to ${copies.length} others`
  return `to ${first}${copies.length > 0 ? `, and ${copies.length > 1 ? 'copies' : 'a copy'} to ${copies.join(', ')}` : ''}`
}
