/** `posthaste route edit` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { type ListedRoute, routeNamed } from '../../manage/route-list.ts'
import { updateRouteSettings } from '../../manage/routes.ts'
import type { Endpoint } from '../../store/route-lookup.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { endpointFinder, routePlace, uuidsIn } from '../routes.ts'
import { UsageError } from '../usage.ts'
import { shown } from './route-list.ts'

const text = z.string().optional()

export const routeEdit = command({
  words: 'route edit <route>',
  about: 'change a route, named by its address or uuid; mail that waits follows',
  options: [
    SERVER_OPTION,
    ['--address <address>', 'take mail for this address instead'],
    ['--endpoint <uuid>', 'where mail goes'],
    ['--mode <mode>', 'endpoint, accept, hold, bounce or reject'],
    ['--spam <mode>', 'mark, quarantine or fail'],
    ['--also <uuids>', 'a copy goes there too, with commas between'],
    ['--not <uuids>', 'no copy goes there any more'],
  ],
  input: serverInput.extend({ route: z.string(), ...{ address: text, endpoint: text, mode: text, spam: text, also: text, not: text } }),
  run: async ({ open }, { server, route: name, address, endpoint, mode, spam, also, not }) => {
    const { manage } = await open()
    const mailServer = await mailServerOf(manage, { server })
    const route = await routeNamed(manage, mailServer.id, name)
    const named = await endpointFinder(manage, mailServer)
    const changes = given({
      ...(address === undefined ? {} : await routePlace(manage, mailServer, address)),
      ...{ mode, spamMode: spam, endpoint: endpoint === undefined ? undefined : named(endpoint) },
      additionalEndpoints: also === undefined && not === undefined ? undefined : additional(route, { also, not, named }),
    })
    if (Object.keys(changes).length === 0) throw new UsageError('Say what is to change; see posthaste route edit --help.')
    await updateRouteSettings(manage, { id: route.id, ...changes })
    const { json, lines } = shown(await routeNamed(manage, mailServer.id, route.uuid))
    return { json, lines: [...lines, 'Saved. Mail that waits follows.'] }
  },
})

type Changes = { readonly also: string | undefined; readonly not: string | undefined; readonly named: (uuid: string) => Endpoint }

function additional({ targets }: ListedRoute, { also = '', not = '', named }: Changes): Endpoint[] {
  const gone = uuidsIn(not).map(named)
  const kept = targets.slice(1).filter((target) => !gone.some((one) => isSame(one, target)))
  const more = uuidsIn(also).map(named)
  const fresh = more.filter((one) => !kept.some((target) => isSame(one, target)))
  return [...kept.map(({ endpointType, endpointId }) => ({ endpointType, endpointId })), ...fresh]
}

const isSame = (a: Endpoint, b: Endpoint): boolean => a.endpointType === b.endpointType && a.endpointId === b.endpointId
