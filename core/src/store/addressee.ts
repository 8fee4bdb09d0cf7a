/** Whose an address is when mail comes in for it: asked at RCPT, and by whoever tries an address out. The order is Postal's. */
import { normaliseDomain, splitTag } from '../domain/address.ts'
import type { Directory, MailServer, Route } from './directory.ts'

/** `local` and `domain` as they are compared; `address` as it was given. */
export type Destination = { readonly address: string; readonly local: string; readonly domain: string }

/** Of the configuration: domains whose addresses begin with a token. */
export type TokenDomains = { readonly returnPathDomain: string; readonly customReturnPathPrefix: string; readonly routeDomain: string }

export type Addressee =
  /** `address` as it is stored. */
  | { readonly kind: 'return_path'; readonly address: string; readonly mailServer: MailServer; readonly route: Route | undefined }
  | {
      readonly kind: 'route'
      readonly by: 'token' | 'address'
      readonly address: string
      readonly mailServer: MailServer
      readonly route: Route
    }
  | { readonly kind: 'unknown'; readonly token: 'mail_server' | 'route' }

/** Split at the last @, as mail is routed. A quoted local part may hold another. */
export function toDestination(address: string): Destination | undefined {
  const at = address.lastIndexOf('@')
  if (at < 1) return undefined
  const domain = normaliseDomain(address.slice(at + 1))
  return domain === '' ? undefined : { address, local: address.slice(0, at), domain }
}

/** Undefined when the domain is none of those. */
export async function findByToken(to: Destination, names: TokenDomains, directory: Directory): Promise<Addressee | undefined> {
  if (to.domain === names.returnPathDomain || to.domain.startsWith(`${names.customReturnPathPrefix}.`)) return toReturnPath(to, directory)
  return to.domain === names.routeDomain ? toRouteToken(to, directory) : undefined
}

/** The token names the mail server; what follows a plus names the message that comes back, and is for whoever reads the bounce. */
async function toReturnPath({ address, local }: Destination, directory: Directory): Promise<Addressee> {
  const mailServer = await directory.mailServerByToken(splitTag(local).user)
  if (!mailServer) return { kind: 'unknown', token: 'mail_server' }
  return { kind: 'return_path', address, mailServer, route: await directory.returnPathRoute(mailServer.id) }
}

async function toRouteToken({ local }: Destination, directory: Directory): Promise<Addressee> {
  const { user, tag } = splitTag(local)
  const route = await directory.routeByToken(user)
  const mailServer = route && (await directory.mailServer(route.mailServerId))
  if (!route || !mailServer) return { kind: 'unknown', token: 'route' }
  const address = `${route.name}${tag === null ? '' : `+${tag}`}@${route.domainName ?? ''}`
  return { kind: 'route', by: 'token', address, mailServer, route }
}

/** A route of that name, else the wildcard of the domain; undefined when there is neither. */
export async function findByAddress({ address, local, domain }: Destination, directory: Directory): Promise<Addressee | undefined> {
  const route = await directory.routeByAddress(`${splitTag(local).user.toLowerCase()}@${domain}`)
  const mailServer = route && (await directory.mailServer(route.mailServerId))
  return route && mailServer && { kind: 'route', by: 'address', address, mailServer, route }
}
