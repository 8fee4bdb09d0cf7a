/** A mail server's endpoints of all three kinds, named by uuid. */
import { AppError } from '../domain/errors.ts'
import type { EndpointType } from '../domain/message.ts'
import type { Manage } from '../manage/context.ts'
import { listAddressEndpoints, listHttpEndpoints, listSmtpEndpoints } from '../store/endpoints.ts'
import { allPages } from './pages.ts'

export type ListedEndpoint = {
  readonly type: EndpointType
  readonly id: number
  readonly uuid: string
  readonly lastUsedAt: Date | null
} & (
  | { readonly type: 'http'; readonly name: string; readonly url: string; readonly encoding: string; readonly format: string }
  | { readonly type: 'smtp'; readonly name: string; readonly hostname: string; readonly port: number | null; readonly tlsMode: string }
  | { readonly type: 'address'; readonly address: string }
)

/** Without passwords. */
export async function endpointsOf({ db }: Manage, mailServerId: number): Promise<ListedEndpoint[]> {
  const [http, smtp, address] = await Promise.all([
    allPages((page) => listHttpEndpoints(db, mailServerId, page)),
    allPages((page) => listSmtpEndpoints(db, mailServerId, page)),
    allPages((page) => listAddressEndpoints(db, mailServerId, page)),
  ])
  return [
    ...http.map((row) => ({ type: 'http' as const, ...row })),
    ...smtp.map(({ passwordSealed: _sealed, ...row }) => ({ type: 'smtp' as const, ...row })),
    ...address.map((row) => ({ type: 'address' as const, ...row })),
  ]
}

/** Where it leads, in a few words. */
export function targetOf(endpoint: ListedEndpoint): string {
  if (endpoint.type === 'http') return endpoint.url
  if (endpoint.type === 'address') return endpoint.address
  return `${endpoint.hostname}:${endpoint.port ?? 25}`
}

/** @throws AppError `endpoint.not_found` */
export function endpointNamed(endpoints: readonly ListedEndpoint[], uuid: string): ListedEndpoint {
  const found = endpoints.find((endpoint) => endpoint.uuid === uuid)
  if (!found) throw new AppError('endpoint.not_found', `There is no endpoint ${uuid}; see posthaste endpoint list.`, { field: 'endpoint' })
  return found
}
