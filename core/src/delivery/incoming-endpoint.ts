/** Which endpoint an incoming message goes to now, as its route may have been edited while it waited. */
import type { EndpointType, Message } from '../domain/message.ts'
import type { Database } from '../store/database.ts'
import type { FoundEndpoint } from '../store/endpoints.ts'
import type { IncomingDirectory } from '../store/incoming-directory.ts'
import type { IncomingRoute } from '../store/incoming-rules.ts'
import { type Copy, listCopies } from '../store/message-copies.ts'

type Options = { readonly db: Database; readonly incomingDirectory: Pick<IncomingDirectory, 'endpoint'> }

/** The message's own while the route still leads there; else where the route leads now, unless another copy of the mail goes there. */
export async function endpointNow(
  { db, incomingDirectory }: Options,
  message: Message,
  route: IncomingRoute | undefined,
): Promise<FoundEndpoint | 'superfluous' | undefined> {
  const named = (type: EndpointType | null, id: number | null) =>
    type !== null && id !== null ? incomingDirectory.endpoint(type, { mailServerId: message.mailServerId, id }) : Promise.resolve(undefined)
  const own = route && isLedTo(route, message) ? await named(message.endpointType, message.endpointId) : undefined
  if (own || !route) return own
  if (message.endpointType !== null && isSuperfluous(message, route, await listCopies(db, message))) return 'superfluous'
  return named(route.endpointType, route.endpointId)
}

/** One copy of a mail is enough: the one that was for the new endpoint all along, else the oldest of those that lost theirs. */
const isSuperfluous = ({ id }: Message, route: IncomingRoute, copies: readonly Copy[]): boolean =>
  copies.some((copy) => isAt(copy, route) || (copy.id < id && !isLedTo(route, copy)))

type Place = { readonly endpointType: EndpointType | null; readonly endpointId: number | null }

const isLedTo = ({ endpoints }: IncomingRoute, place: Place): boolean => endpoints.some((one) => isAt(one, place))

const isAt = (a: Place, b: Place): boolean => a.endpointType === b.endpointType && a.endpointId === b.endpointId
