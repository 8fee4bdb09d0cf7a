/** `posthaste route add` */
import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import { given, type Manage } from '../../manage/context.ts'
import { endpointNamed, endpointsOf } from '../../manage/endpoint-list.ts'
import { createRoute } from '../../manage/routes.ts'
import { findUsableDomain } from '../../store/domains.ts'
import type { MailServer } from '../../store/mail-servers.ts'
import { type Endpoint, RETURN_PATH_NAME } from '../../store/route-lookup.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { UsageError } from '../usage.ts'

export const routeAdd = command({
  words: 'route add <address>',
  about: `take mail for an address, for the rest of a domain with *@domain, or for the return path with ${RETURN_PATH_NAME}`,
  options: [
    SERVER_OPTION,
    ['--endpoint <uuid>', 'where mail goes'],
    ['--also <uuids>', 'and where else, with commas between'],
    ['--mode <mode>', 'endpoint, accept, hold, bounce or reject; endpoint when absent'],
    ['--spam <mode>', 'mark, quarantine or fail; mark when absent'],
  ],
  input: serverInput.extend({
    address: z.string(),
    endpoint: z.string().optional(),
    also: z
      .string()
      .transform((text) => text.split(',').map((uuid) => uuid.trim()))
      .default([]),
    mode: z.string().optional(),
    spam: z.string().optional(),
  }),
  run: async ({ open }, { server, address, endpoint, also, mode, spam }) => {
    const { manage } = await open()
    const mailServer = await mailServerOf(manage, { server })
    const known = await endpointsOf(manage, mailServer.id)
    const named = (uuid: string): Endpoint => {
      const { type, id } = endpointNamed(known, uuid)
      return { endpointType: type, endpointId: id }
    }
    const where = given({ endpoint: endpoint === undefined ? undefined : named(endpoint), mode, spamMode: spam })
    const place = await placeOf(manage, mailServer, address)
    const route = await createRoute(manage, { ...place, ...where, mailServerId: mailServer.id, additionalEndpoints: also.map(named) })
    return { json: route, lines: [`Created the route ${address} (${route.uuid}): ${route.mode}.`] }
  },
})

/** @throws AppError `domain.not_found`, UsageError */
async function placeOf(
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
