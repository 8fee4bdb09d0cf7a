/** `posthaste route list`, `posthaste route show`, `posthaste route test` and `posthaste route remove` */
import { z } from 'zod'
import { targetOf } from '../../manage/endpoint-list.ts'
import { type ListedRoute, routeNamed, routesOf } from '../../manage/route-list.ts'
import { tryAddress } from '../../manage/route-trial.ts'
import { removeRoute } from '../../manage/routes.ts'
import { command } from '../command.ts'
import { allPages } from '../pages.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { table } from '../table.ts'

export const routeList = command({
  words: 'route list',
  about: 'list routes, and where their mail goes',
  options: [SERVER_OPTION, ['--search <text>', 'only those with this in their address']],
  input: serverInput.extend({ search: z.string().default('') }),
  run: async ({ open }, { search, ...place }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, place)
    const found = await allPages((page) => routesOf(manage, { ...page, mailServerId, search }))
    const cells = found.map((route) => [route.uuid, route.address, route.mode, route.spamMode, targetsOf(route).join(', ') || null])
    return { json: found.map(withTargets), lines: table(['uuid', 'address', 'mode', 'spam', 'to'], cells, noneOf(search)) }
  },
})

const noneOf = (search: string): string =>
  search === '' ? 'None yet: posthaste route add <address>' : `No route has ${search} in its address.`

const targetsOf = ({ targets }: ListedRoute): string[] =>
  targets.map(({ endpoint }) => (endpoint ? `${endpoint.type} ${targetOf(endpoint)}` : 'an endpoint that is gone'))

/** As the command line tells it: targets in a few words, beside the endpoints' uuids. */
const withTargets = ({ targets, ...route }: ListedRoute) => ({
  ...route,
  targets: targetsOf({ ...route, targets }),
  endpoints: targets.map(({ endpoint }) => endpoint?.uuid ?? null),
})

export const routeShow = command({
  words: 'route show <route>',
  about: 'show a route by its address or uuid, with the address that mail may be forwarded to',
  options: [SERVER_OPTION],
  input: serverInput.extend({ route: z.string() }),
  run: async ({ open }, { server, route: named }) => {
    const { manage } = await open()
    const { id } = await mailServerOf(manage, { server })
    return shown(await routeNamed(manage, id, named))
  },
})

export function shown(route: ListedRoute) {
  const facts: readonly (readonly [string, string | null])[] = [
    ['address', route.address],
    ['forward to', route.forwardAddress],
    ['mode', route.mode],
    ['spam', route.spamMode],
    ...route.targets.map(({ endpoint }, n) => {
      const where = endpoint ? `${endpoint.type} ${targetOf(endpoint)} (${endpoint.uuid})` : 'an endpoint that is gone'
      return [n === 0 ? 'to' : 'also to', where] as const
    }),
    ['uuid', route.uuid],
  ]
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(12)}${value}`]))
  return { json: withTargets(route), lines }
}

export const routeTest = command({
  words: 'route test <address>',
  about: 'tell what would happen to a mail for an address, without sending one',
  options: [SERVER_OPTION],
  input: serverInput.extend({ address: z.string() }),
  run: async ({ open }, { server, address }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const { route, ...trial } = await tryAddress(manage, { mailServerId, address })
    return { json: { ...trial, route: route && withTargets(route) }, lines: trial.steps }
  },
})

export const routeRemove = command({
  words: 'route remove <route>',
  about: 'remove a route by its address or uuid; its address takes no mail any more, and its mail that waits fails',
  options: [SERVER_OPTION],
  input: serverInput.extend({ route: z.string() }),
  run: async ({ open }, { server, route: named }) => {
    const { manage } = await open()
    const { id } = await mailServerOf(manage, { server })
    const { id: routeId, uuid, address } = await routeNamed(manage, id, named)
    await removeRoute(manage, { id: routeId })
    return { json: { removed: uuid }, lines: [`Removed the route ${address} (${uuid}).`] }
  },
})
