/** `posthaste endpoint list` and `posthaste endpoint remove` */
import { z } from 'zod'
import { endpointNamed, endpointsOf, targetOf } from '../../manage/endpoint-list.ts'
import { removeEndpoint } from '../../manage/endpoints.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { table } from '../table.ts'

export const endpointList = command({
  words: 'endpoint list',
  about: 'list endpoints',
  options: [SERVER_OPTION],
  input: serverInput,
  run: async ({ open }, place) => {
    const { manage } = await open()
    const { id } = await mailServerOf(manage, place)
    const found = await endpointsOf(manage, id)
    const rows = found.map((endpoint) => [endpoint.uuid, endpoint.type, targetOf(endpoint), endpoint.lastUsedAt])
    const lines = table(['uuid', 'type', 'target', 'last used'], rows, 'None yet: posthaste endpoint add-http <name> <url>')
    return { json: found, lines }
  },
})

export const endpointRemove = command({
  words: 'endpoint remove <uuid>',
  about: 'remove an endpoint; routes that led there refuse mail from now on, unless another takes its place',
  options: [SERVER_OPTION, ['--replace-by <uuid>', 'the endpoint that its routes lead to instead; mail that waits follows']],
  input: serverInput.extend({ uuid: z.string(), replaceBy: z.string().optional() }),
  run: async ({ open }, { server, uuid, replaceBy }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const known = await endpointsOf(manage, mailServerId)
    const { type, id } = endpointNamed(known, uuid)
    const other = replaceBy === undefined ? undefined : endpointNamed(known, replaceBy)
    await removeEndpoint(manage, {
      ...{ mailServerId, type, id },
      ...(other ? { replaceBy: { endpointType: other.type, endpointId: other.id } } : {}),
    })
    const now = other ? [`Its routes lead to ${targetOf(other)} now. Mail that waits follows.`] : []
    return { json: { removed: uuid, replacedBy: other?.uuid ?? null }, lines: [`Removed the ${type} endpoint ${uuid}.`, ...now] }
  },
})
