/** A mail server's endpoints of all three types, as lists show them and as people name them. */
import { AppError } from '../domain/errors.ts'
import { type EndpointRow, listEndpoints } from '../store/endpoints.ts'
import type { Manage } from './context.ts'
import type { SmtpEndpoint } from './smtp-endpoints.ts'

export type ListedEndpoint = Exclude<EndpointRow, { type: 'smtp' }> | ({ readonly type: 'smtp' } & SmtpEndpoint)

/** Without passwords. */
export async function endpointsOf({ db }: Pick<Manage, 'db'>, mailServerId: number): Promise<ListedEndpoint[]> {
  const rows = await listEndpoints(db, mailServerId)
  return rows.map((row) => (row.type === 'smtp' ? shown(row) : row))
}

function shown({ passwordSealed: _sealed, ...endpoint }: Extract<EndpointRow, { type: 'smtp' }>): ListedEndpoint {
  return endpoint
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
