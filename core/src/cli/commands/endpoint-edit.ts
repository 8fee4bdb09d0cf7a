/** `posthaste endpoint edit-http`, `edit-smtp` and `edit-address` */
import { z } from 'zod'
import type { EndpointType } from '../../domain/message.ts'
import { updateAddressEndpointSettings } from '../../manage/address-endpoints.ts'
import { given, type Manage } from '../../manage/context.ts'
import { endpointNamed, endpointsOf, type ListedEndpoint } from '../../manage/endpoint-list.ts'
import type { Named } from '../../manage/endpoints.ts'
import { updateHttpEndpointSettings } from '../../manage/http-endpoints.ts'
import { updateSmtpEndpointSettings } from '../../manage/smtp-endpoints.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { UsageError } from '../usage.ts'

export const editInput = serverInput.extend({ uuid: z.string() })

export const endpointEditHttp = command({
  words: 'endpoint edit-http <uuid>',
  about: 'change how routed mail is posted; mail that waits follows',
  options: [
    SERVER_OPTION,
    ['--name <name>', 'what you call it'],
    ['--url <url>', 'where mail goes'],
    ['--encoding <encoding>', 'json or form'],
    ['--format <format>', 'processed or raw'],
    ['--strip-replies', 'the text comes without what it quotes'],
    ['--no-strip-replies', 'the text comes as it is'],
    ['--attachments', 'send attachments along'],
    ['--no-attachments', 'leave attachments out'],
    ['--timeout <seconds>', '5 to 60'],
    ['--postal-signatures', 'sign by the key of the installation too, as Postal does'],
    ['--no-postal-signatures', 'sign by its own secret alone'],
  ],
  input: editInput.extend({
    name: z.string().optional(),
    url: z.string().optional(),
    encoding: z.string().optional(),
    format: z.string().optional(),
    stripReplies: z.boolean().optional(),
    attachments: z.boolean().optional(),
    timeout: z.coerce.number().optional(),
    postalSignatures: z.boolean().optional(),
  }),
  run: async ({ open }, { server, uuid, attachments, timeout, ...rest }) => {
    const { manage } = await open()
    const place = { server, uuid }
    const { named } = await endpointAt(manage, 'http', place)
    const changes = given({ ...rest, includeAttachments: attachments, timeoutSeconds: timeout })
    await updateHttpEndpointSettings(manage, { ...named, ...changes })
    return edited(manage, 'http', place)
  },
})

export const endpointEditSmtp = command({
  words: 'endpoint edit-smtp <uuid>',
  about: 'change the mail server that takes routed mail; mail that waits follows',
  options: [
    SERVER_OPTION,
    ['--name <name>', 'what you call it'],
    ['--host <host>', 'where mail goes'],
    ['--protocol <protocol>', 'smtp or lmtp'],
    ['--port <port>', "or 0 for the protocol's own"],
    ['--tls <mode>', 'none, auto, starttls or tls'],
    ['--username <name>', 'log in with this name'],
    ['--password <password>', 'and this password, which host, port, tls and username ask for again'],
    ['--no-login', 'log in no more'],
  ],
  input: editInput.extend({
    name: z.string().optional(),
    host: z.string().optional(),
    protocol: z.string().optional(),
    port: z.coerce.number().optional(),
    tls: z.string().optional(),
    username: z.string().optional(),
    password: z.string().optional(),
    login: z.boolean().default(true),
  }),
  run: async ({ open }, { host, port, tls, login, name, protocol, username, password, ...place }) => {
    const { manage } = await open()
    const { named } = await endpointAt(manage, 'smtp', place)
    const where = given({ name, protocol, hostname: host, tlsMode: tls, port: port === 0 ? null : port })
    await updateSmtpEndpointSettings(manage, { ...named, ...where, ...(login ? given({ username, password }) : { username: null }) })
    return edited(manage, 'smtp', place)
  },
})

export const endpointEditAddress = command({
  words: 'endpoint edit-address <uuid> <address>',
  about: 'forward routed mail to another address; mail that waits follows',
  options: [SERVER_OPTION],
  input: editInput.extend({ address: z.string() }),
  run: async ({ open }, { address, ...place }) => {
    const { manage } = await open()
    const { named } = await endpointAt(manage, 'address', place)
    await updateAddressEndpointSettings(manage, { ...named, address })
    return edited(manage, 'address', place)
  },
})

type Placed = z.output<typeof editInput>

export async function endpointAt(
  manage: Manage,
  type: EndpointType,
  { server, uuid }: Placed,
): Promise<{ named: Named; endpoint: ListedEndpoint }> {
  const { id: mailServerId } = await mailServerOf(manage, { server })
  const endpoint = endpointNamed(await endpointsOf(manage, mailServerId), uuid)
  if (endpoint.type !== type) throw new UsageError(`That is an endpoint of another type; use posthaste endpoint edit-${endpoint.type}.`)
  return { named: { mailServerId, id: endpoint.id }, endpoint }
}

async function edited(manage: Manage, type: EndpointType, place: Placed) {
  const { endpoint } = await endpointAt(manage, type, place)
  return { json: endpoint, lines: [`Saved the ${type} endpoint ${endpoint.uuid}. Mail that waits follows.`] }
}
