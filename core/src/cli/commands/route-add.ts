/** `posthaste route add` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { createRoute } from '../../manage/routes.ts'
import { RETURN_PATH_NAME } from '../../store/route-lookup.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { endpointFinder, routePlace, uuidsIn } from '../routes.ts'

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
    also: z.string().default(''),
    mode: z.string().optional(),
    spam: z.string().optional(),
  }),
  run: async ({ open }, { server, address, endpoint, also, mode, spam }) => {
    const { manage } = await open()
    const mailServer = await mailServerOf(manage, { server })
    const named = await endpointFinder(manage, mailServer)
    const where = given({ endpoint: endpoint === undefined ? undefined : named(endpoint), mode, spamMode: spam })
    const place = await routePlace(manage, mailServer, address)
    const additionalEndpoints = uuidsIn(also).map(named)
    const route = await createRoute(manage, { ...place, ...where, mailServerId: mailServer.id, additionalEndpoints })
    return { json: route, lines: [`Created the route ${address} (${route.uuid}): ${route.mode}.`] }
  },
})
