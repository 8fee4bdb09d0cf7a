/** Which endpoint an incoming message goes to now, as its route may have been edited while it waited. */
import type { EndpointType, Message } from '../domain/message.ts'
import type { Database } from '../store/database.ts'
import type { FoundEndpoint } from '../store/endpoints.ts'
import type { IncomingDirectory } from '../store/incoming-directory.ts'
import { findIncomingRoute, type IncomingRoute } from '../store/incoming-rules.ts'
import { type Copy, listCopies } from '../store/message-copies.ts'

type Options = { readonly db: Database; readonly incomingDirectory: Pick<IncomingDirectory, 'endpoint'> }

/**
 * The message's own while the route still leads there; else where the route leads now and no other copy of the mail goes.
 * What is kept of routes may be seconds old, so the route is read again before mail goes elsewhere.
 */
export async function endpointNow(
  { db, incomingDirectory }: Options,
  message: Message,
  known: IncomingRoute | undefined,
): Promise<FoundEndpoint | 'superfluous' | undefined> {
  const { mailServerId } = message
  const found = async ({ endpointType, endpointId }: Place) =>
    endpointType !== null && endpointId !== null ? incomingDirectory.endpoint(endpointType, { mailServerId, id: endpointId }) : undefined
  const own = known && isLedTo(known, message) ? await found(message) : undefined
  if (own || !known) return own
  const route = await findIncomingRoute(db, { mailServerId, id: known.id })
  if (!route || route.endpoints.length === 0) return undefined
  if (message.endpointType === null) return found(route)
  const place = placeAmong(message, route, await listCopies(db, message))
  return place ? found(place) : 'superfluous'
}

/** One copy at each endpoint is enough: those that lost theirs take what is free, the oldest first. */
function placeAmong(message: Message, route: IncomingRoute, copies: readonly Copy[]): Place | undefined {
  const free = route.endpoints.filter((place) => !copies.some((copy) => isAt(copy, place)))
  return free[copies.filter((copy) => copy.id < message.id && !isLedTo(route, copy)).length]
}

type Place = { readonly endpointType: EndpointType | null; readonly endpointId: number | null }

const isLedTo = ({ endpoints }: IncomingRoute, place: Place): boolean => endpoints.some((one) => isAt(one, place))

const isAt = (a: Place, b: Place): boolean => a.endpointType === b.endpointType && a.endpointId === b.endpointId
