/** `posthaste route list` and `posthaste route remove` */
import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import type { Manage } from '../../manage/context.ts'
import { endpointsOf, type ListedEndpoint, targetOf } from '../../manage/endpoint-list.ts'
import { removeRoute } from '../../manage/routes.ts'
import { findDomain } from '../../store/domains.ts'
import type { Endpoint } from '../../store/route-lookup.ts'
import { listAdditionalEndpoints, listRouteRows, type RouteRow } from '../../store/routes.ts'
import { command } from '../command.ts'
import { allPages } from '../pages.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { table } from '../table.ts'

export const routeList = command({
  words: 'route list',
  about: 'list routes, and where their mail goes',
  options: [SERVER_OPTION],
  input: serverInput,
  run: async ({ open }, place) => {
    const { manage } = await open()
    const { id } = await mailServerOf(manage, place)
    const [known, rows] = await Promise.all([endpointsOf(manage, id), routesOf(manage, id)])
    const found = await Promise.all(rows.map((row) => listed(manage, row, known)))
    const cells = found.map(({ uuid, address, mode, spamMode, targets }) => [uuid, address, mode, spamMode, targets.join(', ') || null])
    return { json: found, lines: table(['uuid', 'address', 'mode', 'spam', 'to'], cells, 'None yet: posthaste route add <address>') }
  },
})

const routesOf = ({ db }: Manage, mailServerId: number): Promise<RouteRow[]> =>
  allPages((page) => listRouteRows(db, { ...page, mailServerId }))

async function listed({ db }: Manage, row: RouteRow, known: readonly ListedEndpoint[]) {
  const [domain, additionalEndpoints] = await Promise.all([
    row.domainId === null ? undefined : findDomain(db, row.domainId),
    listAdditionalEndpoints(db, row.id),
  ])
  const { endpointType, endpointId } = row
  const own: readonly Endpoint[] = endpointType === null || endpointId === null ? [] : [{ endpointType, endpointId }]
  const targets = [...own, ...additionalEndpoints].map((wanted) => {
    const endpoint = known.find(({ type, id }) => type === wanted.endpointType && id === wanted.endpointId)
    return endpoint ? `${endpoint.type} ${targetOf(endpoint)}` : 'an endpoint that is gone'
  })
  return { ...row, address: domain ? `${row.name}@${domain.name}` : row.name, additionalEndpoints, targets }
}

export const routeRemove = command({
  words: 'route remove <uuid>',
  about: 'remove a route; its address takes no mail any more',
  options: [SERVER_OPTION],
  input: serverInput.extend({ uuid: z.string() }),
  run: async ({ open }, { server, uuid }) => {
    const { manage } = await open()
    const { id } = await mailServerOf(manage, { server })
    const route = (await routesOf(manage, id)).find((row) => row.uuid === uuid)
    if (!route) throw new AppError('route.not_found', `There is no route ${uuid}; see posthaste route list.`, { field: 'uuid' })
    await removeRoute(manage, route)
    return { json: { removed: uuid }, lines: [`Removed the route ${uuid}.`] }
  },
})
