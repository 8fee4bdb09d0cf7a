/** A mail server's endpoints of all three types, as lists show them and as people name them. */
import { AppError } from '../domain/errors.ts'
import { type EndpointRow, listEndpoints } from '../store/endpoints.ts'
import type { Manage } from './context.ts'
import type { HttpEndpoint } from './http-endpoints.ts'
import type { SmtpEndpoint } from './smtp-endpoints.ts'

/** `secrets`: how many sign, two while one replaces the other. */
export type ListedEndpoint =
  | ({ readonly type: 'http'; readonly secrets: number } & HttpEndpoint)
  | ({ readonly type: 'smtp' } & SmtpEndpoint)
  | Extract<EndpointRow, { type: 'address' }>

/** Without passwords and secrets. */
export async function endpointsOf({ db }: Pick<Manage, 'db'>, mailServerId: number): Promise<ListedEndpoint[]> {
  const rows = await listEndpoints(db, mailServerId)
  return rows.map(shown)
}

function shown(row: EndpointRow): ListedEndpoint {
  if (row.type === 'address') return row
  if (row.type === 'smtp') {
    const { passwordSealed: _password, ...endpoint } = row
    return endpoint
  }
  const { secretSealed, previousSecretSealed, ...endpoint } = row
  return { ...endpoint, secrets: [secretSealed, previousSecretSealed].filter((sealed) => sealed !== null).length }
}

/** What people call it. */
export const labelOf = (endpoint: ListedEndpoint): string => (endpoint.type === 'address' ? endpoint.address : endpoint.name)

/** Where it leads, in a few words. */
export function targetOf(endpoint: ListedEndpoint): string {
  if (endpoint.type === 'http') return endpoint.url
  if (endpoint.type === 'address') return endpoint.address
  const { hostname, port, protocol } = endpoint
  return protocol === 'lmtp' ? `lmtp://${hostname}:${port ?? 24}` : `${hostname}:${port ?? 25}`
}

/** @throws AppError `endpoint.not_found` */
export function endpointNamed(endpoints: readonly ListedEndpoint[], uuid: string): ListedEndpoint {
  const found = endpoints.find((endpoint) => endpoint.uuid === uuid)
  if (!found) throw new AppError('endpoint.not_found', `There is no endpoint ${uuid}; see posthaste endpoint list.`, { field: 'endpoint' })
  return found
}
