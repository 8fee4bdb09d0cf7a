/** Verbs for HTTP endpoints: applications that take routed mail by POST. */
import { sealContext } from '../domain/seals.ts'
import { change } from '../store/change.ts'
import { findHttpEndpoint, type HttpEndpointRow, insertHttpEndpoint, updateHttpEndpoint } from '../store/endpoints.ts'
import { requireMailServer } from './access.ts'
import { changedFields, given, type Manage } from './context.ts'
import { freshEndpoint, type Named, noteEndpoint, type OfMailServer, requireEndpoint } from './endpoints.ts'
import { invalid, oneOfField, textField, wholeField } from './fields.ts'
import { requireSomeSignature } from './http-endpoint-secrets.ts'
import { newSigningSecret, type SealedSecrets } from './signing-secrets.ts'

const TIMEOUT_SECONDS = { min: 5, max: 60 }
const URL_LENGTH_MAX = 2000

export type HttpEndpointInput = {
  readonly name?: string
  readonly url?: string
  readonly encoding?: string
  readonly format?: string
  readonly stripReplies?: boolean
  readonly includeAttachments?: boolean
  readonly timeoutSeconds?: number
  /** Receivers written for Postal check these; they cost two RSA signatures for each mail. Without, only the secret signs. */
  readonly postalSignatures?: boolean
}

/** Without its secrets, which are shown by a verb of their own. */
export type HttpEndpoint = Omit<HttpEndpointRow, keyof SealedSecrets>

const CONTENT = { encoding: 'json', format: 'processed', stripReplies: false, includeAttachments: true } as const
const DEFAULTS = { ...CONTENT, timeoutSeconds: 5, postalSignatures: true }

/** The secret is shown when it is made. @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid` */
export async function createHttpEndpoint(
  manage: Manage,
  input: OfMailServer & HttpEndpointInput & { name: string; url: string },
): Promise<HttpEndpoint & { readonly secret: string }> {
  const mailServer = await requireMailServer(manage, input.mailServerId, 'member')
  const { name, url, ...rest } = httpFields(input)
  const endpoint: HttpEndpoint = { ...freshEndpoint(manage, mailServer), ...DEFAULTS, name: name ?? '', url: url ?? '', ...rest }
  const { secret, secretSealed } = newSigningSecret(manage, sealContext.httpEndpointSecret(endpoint.id))
  await change(manage.db, async (tx) => {
    await insertHttpEndpoint(tx, { ...endpoint, secretSealed })
    await noteEndpoint(tx, manage, mailServer, { verb: 'created', type: 'http', id: endpoint.id, details: { name: endpoint.name } })
  })
  return { ...endpoint, secret }
}

/** Mail that waits goes where it leads now. @throws AppError `endpoint.not_found`, `auth.forbidden`, `input.invalid` */
export async function updateHttpEndpointSettings(manage: Manage, input: Named & HttpEndpointInput): Promise<void> {
  const { mailServer, endpoint } = await requireEndpoint(manage, input, findHttpEndpoint)
  const changes = httpFields(input)
  requireSomeSignature({ ...endpoint, ...changes })
  await change(manage.db, async (tx) => {
    await updateHttpEndpoint(tx, endpoint.id, changes)
    const details = { changed: changedFields(changes) }
    await noteEndpoint(tx, manage, mailServer, { verb: 'updated', type: 'http', id: endpoint.id, details })
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
    postalSignatures: input.postalSignatures,
    timeoutSeconds: input.timeoutSeconds === undefined ? undefined : wholeField('timeoutSeconds', input.timeoutSeconds, TIMEOUT_SECONDS),
  })

/** User and password become Basic authentication. Where it leads is looked at on each delivery. */
function urlField(value: string): string {
  const url = URL.parse(value.trim())
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw invalid('url', 'url must begin with https:// or http:// and a host.')
  if (url.href.length > URL_LENGTH_MAX) throw invalid('url', `url must have at most ${URL_LENGTH_MAX} characters.`)
  return url.href
}
