/** The forms of endpoints as text, and what the verbs make of them. */
import type { EndpointType } from '../../../domain/message.ts'
import type { ListedEndpoint } from '../../../manage/endpoint-list.ts'
import { fieldOf } from '../act.ts'
import type { AdminContext } from '../deps.ts'

/** As typed. Passwords are not given back. */
export type HttpFields = {
  readonly type: 'http'
  readonly name: string
  readonly url: string
  readonly encoding: string
  readonly format: string
  readonly timeoutSeconds: string
  readonly stripReplies: boolean
  readonly includeAttachments: boolean
  readonly postalSignatures: boolean
}
export type SmtpFields = {
  readonly type: 'smtp'
  readonly name: string
  readonly protocol: string
  readonly hostname: string
  readonly port: string
  readonly tlsMode: string
  readonly username: string
}
export type AddressFields = { readonly type: 'address'; readonly address: string }
export type EndpointFields = HttpFields | SmtpFields | AddressFields

const BLANK: { readonly [T in EndpointType]: EndpointFields } = {
  http: {
    ...{ type: 'http', name: '', url: '', encoding: 'json', format: 'processed' },
    ...{ timeoutSeconds: '5', stripReplies: false, includeAttachments: true, postalSignatures: true },
  },
  smtp: { type: 'smtp', name: '', protocol: 'smtp', hostname: '', port: '', tlsMode: 'auto', username: '' },
  address: { type: 'address', address: '' },
}

export const blankFields = (type: EndpointType): EndpointFields => BLANK[type]

export function fieldsFrom(endpoint: ListedEndpoint): EndpointFields {
  if (endpoint.type === 'http') return { ...endpoint, timeoutSeconds: String(endpoint.timeoutSeconds) }
  if (endpoint.type === 'address') return endpoint
  return { ...endpoint, port: endpoint.port === null ? '' : String(endpoint.port), username: endpoint.username ?? '' }
}

export async function readFields(c: AdminContext, type: EndpointType): Promise<EndpointFields> {
  const field = (name: string) => fieldOf(c, name)
  if (type === 'address') return { type, address: await field('address') }
  const name = await field('name')
  if (type === 'smtp') {
    const [protocol, hostname, port] = [await field('protocol'), await field('hostname'), await field('port')]
    return { type, name, protocol, hostname, port, tlsMode: await field('tlsMode'), username: await field('username') }
  }
  const [url, encoding, format] = [await field('url'), await field('encoding'), await field('format')]
  const ticked = async (box: string) => (await field(box)) === 'yes'
  const [stripReplies, includeAttachments] = [await ticked('stripReplies'), await ticked('includeAttachments')]
  const rest = { stripReplies, includeAttachments, postalSignatures: await ticked('postalSignatures') }
  return { type, name, url, encoding, format, timeoutSeconds: await field('timeoutSeconds'), ...rest }
}

/** An empty box of the timeout is refused by its name, as any other wrong number. */
export const httpInput = ({ type: _type, timeoutSeconds, ...rest }: HttpFields) => ({ ...rest, timeoutSeconds: Number(timeoutSeconds) })

/** No user, no login; no password, the one that is kept. */
export const smtpInput = ({ type: _type, port, username, ...rest }: SmtpFields, password: string) => ({
  ...rest,
  port: port.trim() === '' ? null : Number(port),
  username: username.trim() === '' ? null : username,
  ...(password === '' ? {} : { password }),
})
