/** What commands about routes share: an address taken apart, endpoints by their uuids. */
import { AppError } from '../domain/errors.ts'
import type { Manage } from '../manage/context.ts'
import { endpointNamed, endpointsOf } from '../manage/endpoint-list.ts'
import { findUsableDomain } from '../store/domains.ts'
import type { MailServer } from '../store/mail-servers.ts'
import { type Endpoint, RETURN_PATH_NAME } from '../store/route-lookup.ts'
import { UsageError } from './usage.ts'

/** @throws AppError `domain.not_found`, UsageError */
export async function routePlace(
  { db }: Manage,
  { id, organizationId }: MailServer,
  address: string,
): Promise<{ name: string; domainId: number | null }> {
  if (address === RETURN_PATH_NAME) return { name: address, domainId: null }
  const at = address.lastIndexOf('@')
  if (at < 0) throw new UsageError(`Give an address with its domain, or ${RETURN_PATH_NAME}.`, 'address')
  const name = address.slice(at + 1)
  const domain = await findUsableDomain(db, { organizationId, mailServerId: id }, name)
  if (!domain) throw new AppError('domain.not_found', `There is no domain ${name}; see posthaste domain list.`, { field: 'address' })
  return { name: address.slice(0, at), domainId: domain.id }
}

/** @returns a function that finds one by its uuid, and throws AppError `endpoint.not_found` */
export async function endpointFinder(manage: Manage, { id }: MailServer): Promise<(uuid: string) => Endpoint> {
  const known = await endpointsOf(manage, id)
  return (uuid) => {
    const { type, id: endpointId } = endpointNamed(known, uuid)
    return { endpointType: type, endpointId }
  }
}

/** Of an option, with commas between. */
export const uuidsIn = (text: string): string[] =>
  text
    .split(',')
    .map((uuid) => uuid.trim())
    .filter(Boolean)
