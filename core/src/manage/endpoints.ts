/** Verbs for endpoints: where a customer takes routed mail, by HTTP, by SMTP or at another address. */
import { isDeliverable, normaliseAddress, normaliseDomain } from '../domain/address.ts'
import type { EndpointType } from '../domain/message.ts'
import { sealContext } from '../domain/seals.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import {
  type AddressEndpoint,
  deleteEndpoint,
  findEndpoint,
  type HttpEndpoint,
  insertAddressEndpoint,
  insertHttpEndpoint,
  insertSmtpEndpoint,
  type SmtpEndpointRow,
  updateHttpEndpoint,
} from '../store/endpoints.ts'
import type { MailServer } from '../store/mail-servers.ts'
import { TLS_MODES } from '../store/schema/control.ts'
import { notFound, requireMailServer } from './access.ts'
import { asTaken, changedFields, given, type Manage, record } from './context.ts'
import { invalid, oneOfField, textField, wholeField } from './fields.ts'

const TIMEOUT_SECONDS = { min: 5, max: 60 }
const URL_LENGTH_MAX = 2000

type Owned = { readonly mailServerId: number }

export type HttpEndpointInput = {
  readonly name?: string
  readonly url?: string
  readonly encoding?: string
  readonly format?: string
  readonly stripReplies?: boolean
  readonly includeAttachments?: boolean
  readonly timeoutSeconds?: number
}

/** @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid` */
export async function createHttpEndpoint(
  manage: Manage,
  input: Owned & HttpEndpointInput & { name: string; url: string },
): Promise<HttpEndpoint> {
  const mailServer = await requireMailServer(manage, input.mailServerId, 'member')
  const defaults = { encoding: 'json', format: 'processed', stripReplies: false, includeAttachments: true, timeoutSeconds: 5 } as const
  const { name, url, ...rest } = httpFields(input)
  const row: HttpEndpoint = { ...fresh(manage, mailServer), ...defaults, name: name ?? '', url: url ?? '', ...rest }
  await change(manage.db, async (tx) => {
    await insertHttpEndpoint(tx, row)
    await note(tx, manage, mailServer, { verb: 'created', type: 'http', id: row.id, details: { name: row.name } })
  })
  return row
}

/** @throws AppError `endpoint.not_found`, `auth.forbidden`, `input.invalid` */
export async function updateHttpEndpointSettings(
  manage: Manage,
  { mailServerId, id, ...input }: Owned & HttpEndpointInput & { id: number },
): Promise<void> {
  const mailServer = await requireEndpoint(manage, { mailServerId, type: 'http', id })
  const changes = httpFields(input)
  await change(manage.db, async (tx) => {
    await updateHttpEndpoint(tx, id, changes)
    await note(tx, manage, mailServer, { verb: 'updated', type: 'http', id, details: { changed: changedFields(changes) } })
  })
}

const httpFields = (input: HttpEndpointInput) =>
  given({
    name: input.name === undefined ? undefined : textField('name', input.name),
    url: input.url === undefined ? undefined : urlField(input.url),
    encoding: input.encoding === undefined ? undefined : oneOfField('encoding', input.encoding, ['json', 'form']),
    format: input.format === undefined ? undefined : oneOfField('format', input.format, ['processed', 'raw']),
    stripReplies: input.stripReplies,
    includeAttachments: input.includeAttachments,
    timeoutSeconds: input.timeoutSeconds === undefined ? undefined : wholeField('timeoutSeconds', input.timeoutSeconds, TIMEOUT_SECONDS),
  })

/** User and password become Basic authentication. Where it leads is looked at on each delivery. */
function urlField(value: string): string {
  const url = URL.parse(value.trim())
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw invalid('url', 'url must begin with https:// or http:// and a host.')
  if (url.href.length > URL_LENGTH_MAX) throw invalid('url', `url must have at most ${URL_LENGTH_MAX} characters.`)
  return url.href
}

export type SmtpEndpointInput = Owned & {
  readonly name: string
  readonly hostname: string
  readonly port?: number | null
  readonly tlsMode?: string
  readonly username?: string | null
  readonly password?: string | null
}

/** The password is sealed and never shown again. @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid` */
export async function createSmtpEndpoint(manage: Manage, input: SmtpEndpointInput): Promise<Omit<SmtpEndpointRow, 'passwordSealed'>> {
  const mailServer = await requireMailServer(manage, input.mailServerId, 'member')
  const base = fresh(manage, mailServer)
  const password = input.password ?? null
  if ((password === null) !== ((input.username ?? null) === null)) throw invalid('password', 'username and password belong together.')
  const row: SmtpEndpointRow = {
    ...base,
    name: textField('name', input.name),
    hostname: hostField(input.hostname),
    port: input.port === undefined || input.port === null ? null : wholeField('port', input.port, { min: 1, max: 65_535 }),
    tlsMode: oneOfField('tlsMode', input.tlsMode ?? 'auto', TLS_MODES),
    username: input.username ?? null,
    passwordSealed:
      password === null ? null : Buffer.from(manage.vault.seal(Buffer.from(password), sealContext.smtpEndpointPassword(base.id))),
  }
  await change(manage.db, async (tx) => {
    await insertSmtpEndpoint(tx, row)
    await note(tx, manage, mailServer, { verb: 'created', type: 'smtp', id: row.id, details: { hostname: row.hostname } })
  })
  const { passwordSealed: _sealed, ...shown } = row
  return shown
}

function hostField(value: string): string {
  const host = normaliseDomain(value)
  if (!/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9-]{1,63})*$/.test(host))
    throw invalid('hostname', 'hostname must be the name of a host.')
  return host
}

/** @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid`, `endpoint.taken` */
export async function createAddressEndpoint(
  manage: Manage,
  { mailServerId, address }: Owned & { readonly address: string },
): Promise<AddressEndpoint> {
  const mailServer = await requireMailServer(manage, mailServerId, 'member')
  const normal = normaliseAddress(address)
  if (!isDeliverable(normal)) throw invalid('address', 'address must be a mail address.')
  const row: AddressEndpoint = { ...fresh(manage, mailServer), address: normal }
  await change(manage.db, async (tx) => {
    await insertAddressEndpoint(tx, row).catch(asTaken('endpoint.taken', 'address', `${normal} is an endpoint already.`))
    await note(tx, manage, mailServer, { verb: 'created', type: 'address', id: row.id, details: { address: normal } })
  })
  return row
}

/** Routes that led there refuse mail from now on. @throws AppError `endpoint.not_found`, `auth.forbidden` */
export async function removeEndpoint(
  manage: Manage,
  { mailServerId, type, id }: Owned & { readonly type: EndpointType; readonly id: number },
): Promise<void> {
  const mailServer = await requireEndpoint(manage, { mailServerId, type, id })
  await change(manage.db, async (tx) => {
    await deleteEndpoint(tx, type, id)
    await note(tx, manage, mailServer, { verb: 'deleted', type, id, details: {} })
  })
}

async function requireEndpoint(
  manage: Manage,
  { mailServerId, type, id }: Owned & { type: EndpointType; id: number },
): Promise<MailServer> {
  const mailServer = await requireMailServer(manage, mailServerId, 'member')
  if (!(await findEndpoint(manage.db, type, { mailServerId, id }))) throw notFound('endpoint')
  return mailServer
}

const fresh = ({ newId, randomBytes, clock }: Manage, { id: mailServerId }: MailServer) => ({
  id: newId(),
  mailServerId,
  uuid: newUuid(randomBytes),
  lastUsedAt: null,
  createdAt: clock(),
})

type Entry = {
  readonly verb: string
  readonly type: EndpointType
  readonly id: number
  readonly details: Readonly<{ [name: string]: unknown }>
}

const note = (tx: Queries, manage: Manage, { organizationId }: MailServer, { verb, type, id, details }: Entry) =>
  record(tx, manage, { action: `endpoint.${verb}`, subjectId: id, organizationId, details: { type, ...details } })
