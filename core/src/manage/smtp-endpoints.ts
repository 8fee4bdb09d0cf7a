/** Verbs for SMTP endpoints: mail servers of the customer's that take routed mail, by SMTP or LMTP. */
import { normaliseDomain } from '../domain/address.ts'
import { sealContext } from '../domain/seals.ts'
import { change } from '../store/change.ts'
import { findSmtpEndpoint, insertSmtpEndpoint, type SmtpEndpointRow, updateSmtpEndpoint } from '../store/endpoints.ts'
import { SMTP_PROTOCOLS, TLS_MODES } from '../store/schema/routes.ts'
import { requireMailServer } from './access.ts'
import { changedFields, given, type Manage } from './context.ts'
import { freshEndpoint, type Named, noteEndpoint, type OfMailServer, requireEndpoint } from './endpoints.ts'
import { invalid, oneOfField, textField, wholeField } from './fields.ts'

/** Without its password, which is never shown again. */
export type SmtpEndpoint = Omit<SmtpEndpointRow, 'passwordSealed'>

export type SmtpEndpointInput = {
  readonly name?: string
  readonly protocol?: string
  readonly hostname?: string
  /** Null for the protocol's own. */
  readonly port?: number | null
  readonly tlsMode?: string
  /** Null for no login. */
  readonly username?: string | null
  readonly password?: string | null
}

/** @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid` */
export async function createSmtpEndpoint(
  manage: Manage,
  input: OfMailServer & SmtpEndpointInput & { name: string; hostname: string },
): Promise<SmtpEndpoint> {
  const mailServer = await requireMailServer(manage, input.mailServerId, 'member')
  const { name = '', hostname = '', ...rest } = smtpFields(input)
  const defaults = { protocol: 'smtp', port: null, tlsMode: 'auto', username: null } as const
  const shown: SmtpEndpoint = { ...freshEndpoint(manage, mailServer), ...defaults, name, hostname, ...rest }
  const password = input.password ?? null
  requireWholeLogin(shown.username, password !== null)
  await change(manage.db, async (tx) => {
    await insertSmtpEndpoint(tx, { ...shown, passwordSealed: sealed(manage, shown.id, password) })
    await noteEndpoint(tx, manage, mailServer, { verb: 'created', type: 'smtp', id: shown.id, details: { hostname } })
  })
  return shown
}

/**
 * Mail that waits goes where it leads now. The kept password goes nowhere new: who changes where or how it is sent has to know it.
 * @throws AppError `endpoint.not_found`, `auth.forbidden`, `input.invalid`
 */
export async function updateSmtpEndpointSettings(manage: Manage, input: Named & SmtpEndpointInput): Promise<void> {
  const { mailServer, endpoint } = await requireEndpoint(manage, input, findSmtpEndpoint)
  const changes = { ...smtpFields(input), ...passwordChange(manage, endpoint, input) }
  const after = { ...endpoint, ...changes }
  requireWholeLogin(after.username, after.passwordSealed !== null)
  const passwordKept = after.passwordSealed !== null && changes.passwordSealed === undefined
  if (passwordKept && GUARDED.some((field) => after[field] !== endpoint[field]))
    throw invalid('password', 'Give the password again: it would be sent in another way or to another place.')
  await change(manage.db, async (tx) => {
    await updateSmtpEndpoint(tx, endpoint.id, changes)
    const details = { changed: changedFields(changes).map((field) => field.replace('Sealed', '')) }
    await noteEndpoint(tx, manage, mailServer, { verb: 'updated', type: 'smtp', id: endpoint.id, details })
  })
}

const GUARDED = ['hostname', 'port', 'tlsMode', 'username'] as const

const smtpFields = ({ name, protocol, hostname, port, tlsMode, username }: SmtpEndpointInput) =>
  given({
    name: name === undefined ? undefined : textField('name', name),
    protocol: protocol === undefined ? undefined : oneOfField('protocol', protocol, SMTP_PROTOCOLS),
    hostname: hostname === undefined ? undefined : hostField(hostname),
    port: port === undefined || port === null ? port : wholeField('port', port, { min: 1, max: 65_535 }),
    tlsMode: tlsMode === undefined ? undefined : oneOfField('tlsMode', tlsMode, TLS_MODES),
    username: username === undefined || username === null ? username : textField('username', username),
  })

function hostField(value: string): string {
  const host = normaliseDomain(value)
  if (!/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9-]{1,63})*$/.test(host))
    throw invalid('hostname', 'hostname must be the name of a host.')
  return host
}

function requireWholeLogin(username: string | null, withPassword: boolean): void {
  if ((username === null) === withPassword) throw invalid('password', 'username and password belong together.')
}

/** A login that ends takes its password along. */
function passwordChange(manage: Manage, { id }: SmtpEndpointRow, { username, password }: SmtpEndpointInput) {
  if (username === null && password === undefined) return { passwordSealed: null }
  return password === undefined ? {} : { passwordSealed: sealed(manage, id, password) }
}

const sealed = ({ vault }: Manage, id: number, password: string | null): Buffer | null =>
  password === null ? null : Buffer.from(vault.seal(Buffer.from(password), sealContext.smtpEndpointPassword(id)))
