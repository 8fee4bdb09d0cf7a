/** The properties of a message, with ways to what they name. */
import type { Message } from '../../../domain/message.ts'
import { endpointsOf, type ListedEndpoint, labelOf } from '../../../manage/endpoint-list.ts'
import { type ListedRoute, routesOf } from '../../../manage/route-list.ts'
import { findCredential } from '../../../store/credentials.ts'
import { findDomain } from '../../../store/domains.ts'
import { shownAddress } from '../incoming-routes/list-page.tsx'
import { frameOf } from '../mail-servers/frame.tsx'
import type { Place } from '../place.ts'
import type { Fact } from '../ui/facts.tsx'
import { sizeText } from '../ui/size.ts'
import { listHref } from './filter.ts'

export async function factsOf(place: Place, message: Message): Promise<Fact[]> {
  const { manage, path } = place
  const [domain, credential, way] = await Promise.all([
    message.domainId === null ? undefined : findDomain(manage.db, message.domainId),
    message.credentialId === null ? undefined : findCredential(manage.db, message.credentialId),
    wayFacts(place, message),
  ])
  const list = `${path}/messages/${message.scope}`
  return [
    { name: 'Message number', value: String(message.id) },
    { name: 'Token', value: <code>{message.token}</code> },
    { name: 'Message-ID', value: message.messageId && <code>{message.messageId}</code> },
    { name: 'Size', value: sizeText(message.size) },
    { name: 'Tag', value: message.tag && <a href={listHref(list, { tag: message.tag })}>{message.tag}</a> },
    { name: 'Domain', value: domain ? domain.name : null },
    { name: 'Credential', value: credential ? credential.name : null },
    ...way,
    { name: 'Received', value: message.receivedWithTls ? 'encrypted (TLS)' : 'not encrypted' },
    {
      name: 'A bounce for',
      value: message.bounceForId && <a href={`${path}/messages/${message.bounceForId}`}>message {message.bounceForId}</a>,
    },
  ]
}

/** How mail that came in is led on. */
async function wayFacts(place: Place, message: Message): Promise<Fact[]> {
  if (message.scope !== 'incoming' || message.routeId === null) return []
  const { manage, mailServer, path } = place
  const [[route], endpoints] = await Promise.all([
    routesOf(manage, { mailServerId: mailServer.id, id: message.routeId, limit: 1 }),
    endpointsOf(manage, mailServer.id),
  ])
  const { endpointType, endpointId } = message
  const own = endpoints.find(({ type, id }) => type === endpointType && id === endpointId)
  const endpoint = endpointType === null ? route?.targets[0]?.endpoint : own
  return [
    { name: 'Route', value: route ? <RouteLink route={route} path={path} /> : 'It is gone' },
    { name: 'Endpoint', value: endpoint ? <EndpointLink endpoint={endpoint} place={place} /> : endpointType && 'It is gone' },
  ]
}

const RouteLink = ({ route, path }: { route: ListedRoute; path: string }) => (
  <a href={`${path}/routes/${route.uuid}`}>
    <bdi>{shownAddress(route)}</bdi>
  </a>
)

/** Endpoints have pages for those who may change them. */
function EndpointLink({ endpoint, place }: { endpoint: ListedEndpoint; place: Place }) {
  const name = <bdi>{labelOf(endpoint)}</bdi>
  return frameOf(place).writable ? <a href={`${place.path}/endpoints/${endpoint.uuid}`}>{name}</a> : name
}
