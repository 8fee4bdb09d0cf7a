/** `posthaste endpoint add-http`, `add-smtp` and `add-address` */
import { z } from 'zod'
import { createAddressEndpoint } from '../../manage/address-endpoints.ts'
import { given } from '../../manage/context.ts'
import { createHttpEndpoint } from '../../manage/http-endpoints.ts'
import { createSmtpEndpoint } from '../../manage/smtp-endpoints.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'

export const endpointAddHttp = command({
  words: 'endpoint add-http <name> <url>',
  about: 'take routed mail by HTTP POST; the signing secret is shown this once',
  options: [
    SERVER_OPTION,
    ['--encoding <encoding>', 'json or form; json when absent'],
    ['--format <format>', 'processed or raw; processed when absent'],
    ['--strip-replies', 'the text comes without what it quotes'],
    ['--no-attachments', 'leave attachments out'],
    ['--timeout <seconds>', '5 to 60; 5 when absent'],
    ['--no-postal-signatures', 'sign by its own secret alone, not as Postal does'],
  ],
  input: serverInput.extend({
    name: z.string(),
    url: z.string(),
    encoding: z.string().optional(),
    format: z.string().optional(),
    stripReplies: z.boolean().optional(),
    attachments: z.boolean().default(true),
    timeout: z.coerce.number().optional(),
    postalSignatures: z.boolean().default(true),
  }),
  run: async ({ open }, { server, name, url, attachments, timeout, ...input }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const settings = { ...given({ ...input, timeoutSeconds: timeout }), includeAttachments: attachments }
    const endpoint = await createHttpEndpoint(manage, { ...settings, mailServerId, name, url })
    return { json: { type: 'http', ...endpoint }, lines: [...created('http', endpoint.uuid), `Secret, shown only now: ${endpoint.secret}`] }
  },
})

export const endpointAddSmtp = command({
  words: 'endpoint add-smtp <name> <host>',
  about: 'hand routed mail to a mail server, or to a mail store that speaks LMTP',
  options: [
    SERVER_OPTION,
    ['--protocol <protocol>', 'smtp or lmtp; smtp when absent'],
    ['--port <port>', '25 when absent, and 24 for lmtp'],
    ['--tls <mode>', 'none, auto, starttls or tls; auto when absent'],
    ['--username <name>', 'log in with this name'],
    ['--password <password>', 'and this password'],
  ],
  input: serverInput.extend({
    name: z.string(),
    host: z.string(),
    protocol: z.string().optional(),
    port: z.coerce.number().optional(),
    tls: z.string().optional(),
    username: z.string().optional(),
    password: z.string().optional(),
  }),
  run: async ({ open }, { server, name, host, tls, ...input }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const endpoint = await createSmtpEndpoint(manage, { ...given({ ...input, tlsMode: tls }), mailServerId, name, hostname: host })
    return { json: { type: 'smtp', ...endpoint }, lines: created('smtp', endpoint.uuid) }
  },
})

export const endpointAddAddress = command({
  words: 'endpoint add-address <address>',
  about: 'forward routed mail to an address',
  options: [SERVER_OPTION],
  input: serverInput.extend({ address: z.string() }),
  run: async ({ open }, { server, address }) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, { server })
    const endpoint = await createAddressEndpoint(manage, { mailServerId, address })
    return { json: { type: 'address', ...endpoint }, lines: created('address', endpoint.uuid) }
  },
})

const created = (type: string, uuid: string): string[] => [
  `Created the ${type} endpoint ${uuid}.`,
  `Lead mail there: posthaste route add <address> --endpoint ${uuid}`,
]
