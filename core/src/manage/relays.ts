/** Verbs for relays: other hosts that outgoing mail goes through. Only operators set them, for they see all mail in clear. */
import { isIP } from 'node:net'
import { sealContext } from '../domain/seals.ts'
import { change } from '../store/change.ts'
import { deleteRelay, findRelay, insertRelay, listRelays, type RelayRow } from '../store/relays.ts'
import { TLS_MODES } from '../store/schema/routes.ts'
import { notFound, requireMailServer } from './access.ts'
import { type Manage, record, requireOperator } from './context.ts'
import { hostNameField, invalid, oneOfField, textField, wholeField } from './fields.ts'

/** Without its password, which is never shown again. */
export type Relay = Omit<RelayRow, 'passwordSealed'>

export type NewRelayInput = {
  /** Mail of this mail server; of all when absent. */
  readonly mailServerId?: number
  /** Mail for this recipient domain; for all when absent. */
  readonly domain?: string
  readonly host: string
  readonly port?: number
  readonly tlsMode?: string
  readonly username?: string
  readonly password?: string
}

const PORT = 25
const PASSWORD_BYTES_MAX = 1_000

/** Relays of the same mail server and domain take over from each other in the order in which they were added. @throws AppError */
export async function addRelay(manage: Manage, input: NewRelayInput): Promise<Relay> {
  requireOperator(manage)
  const mailServer = input.mailServerId === undefined ? null : await requireMailServer(manage, input.mailServerId, 'owner')
  const id = manage.newId()
  const relay: Relay = {
    id,
    mailServerId: mailServer?.id ?? null,
    domain: input.domain === undefined ? null : domainField(input.domain),
    host: hostField(input.host),
    port: wholeField('port', input.port ?? PORT, { min: 1, max: 65_535 }),
    tlsMode: oneOfField('tlsMode', input.tlsMode ?? 'auto', TLS_MODES),
    username: input.username === undefined ? null : textField('username', input.username),
    createdAt: manage.clock(),
  }
  const row = { ...relay, passwordSealed: sealedPassword(manage, relay, input.password) }
  await change(manage.db, async (tx) => {
    await insertRelay(tx, row)
    await record(tx, manage, {
      action: 'relay.created',
      subjectId: id,
      organizationId: mailServer?.organizationId ?? null,
      details: facts(relay),
    })
  })
  return relay
}

/** @throws AppError `auth.forbidden` */
export async function relaysInForce(manage: Manage): Promise<Relay[]> {
  requireOperator(manage)
  return (await listRelays(manage.db)).map(shown)
}

/** @throws AppError `relay.not_found`, `auth.forbidden` */
export async function removeRelay(manage: Manage, { id }: { readonly id: number }): Promise<Relay> {
  requireOperator(manage)
  const row = await findRelay(manage.db, id)
  if (!row) throw notFound('relay')
  await change(manage.db, async (tx) => {
    await deleteRelay(tx, id)
    await record(tx, manage, { action: 'relay.deleted', subjectId: id, details: facts(row) })
  })
  return shown(row)
}

const shown = ({ passwordSealed: _sealed, ...relay }: RelayRow): Relay => relay

const facts = ({ mailServerId, domain, host, port, tlsMode }: Relay) => ({ mailServerId, domain, host, port, tlsMode })

function sealedPassword({ vault }: Manage, { id, username }: Relay, password: string | undefined): Buffer | null {
  if ((password === undefined) !== (username === null)) throw invalid('password', 'username and password belong together.')
  if (password === undefined) return null
  const bytes = Buffer.from(password)
  if (bytes.length === 0 || bytes.length > PASSWORD_BYTES_MAX)
    throw invalid('password', `password must have 1 to ${PASSWORD_BYTES_MAX} bytes.`)
  return Buffer.from(vault.seal(bytes, sealContext.relayPassword(id)))
}

const domainField = (value: string): string =>
  hostNameField('domain', value, 'domain must be the part of an address after the @, such as example.com.')

function hostField(value: string): string {
  const address = value.trim().replace(/^\[|\]$/g, '')
  return isIP(address) !== 0 ? address : hostNameField('host', value, 'host must be the name or the IP address of a mail server.')
}
