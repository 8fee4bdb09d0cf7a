/** Verbs for credentials, which senders prove themselves with. */
import { AppError } from '../domain/errors.ts'
import { sealContext } from '../domain/seals.ts'
import { credentialKey } from '../domain/token.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import {
  type Credential,
  deleteCredential,
  findCredential,
  insertCredential,
  networkTaken,
  type StoredCredential,
  updateCredential,
} from '../store/credentials.ts'
import type { MailServer } from '../store/mail-servers.ts'
import { CREDENTIAL_TYPES } from '../store/schema/tenants.ts'
import { requireMailServer, requireOwned } from './access.ts'
import { asTaken, changedFields, given, isOperator, type Manage, record } from './context.ts'
import { invalid, networkField, oneOfField, type PrefixMin, textField, wholeField } from './fields.ts'

export type NewCredentialInput = {
  readonly mailServerId: number
  readonly type: (typeof CREDENTIAL_TYPES)[number]
  readonly name: string
  /** Mail sent with it waits for a person. */
  readonly hold?: boolean
  /** An address or a network, for `smtp_ip` only. */
  readonly network?: string
  /** Null: as many as the installation allows. */
  readonly callsPerMinute?: number | null
}

/** The key is shown this once; null for `smtp_ip`, which has none. */
export type CreatedCredential = { readonly credential: Credential; readonly key: string | null }

const MEMBERS_PREFIX_MIN: PrefixMin = { ipv4: 24, ipv6: 48 }
const OPERATORS_PREFIX_MIN: PrefixMin = { ipv4: 8, ipv6: 16 }
const HINT_LENGTH = 4

/** @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid`, `credential.taken` */
export async function createCredential(manage: Manage, input: NewCredentialInput): Promise<CreatedCredential> {
  const mailServer = await requireMailServer(manage, input.mailServerId, 'member')
  const type = oneOfField('type', input.type, CREDENTIAL_TYPES)
  const network = networkOf(manage, type, input.network)
  const key = type === 'smtp_ip' ? null : credentialKey(manage.randomBytes)
  const credential: Credential = {
    id: manage.newId(),
    mailServerId: input.mailServerId,
    uuid: newUuid(manage.randomBytes),
    type,
    name: textField('name', input.name),
    keyHint: key === null ? null : key.slice(0, HINT_LENGTH),
    network,
    hold: input.hold ?? false,
    callsPerMinute: callsField(input.callsPerMinute ?? null),
    lastUsedAt: null,
    createdAt: manage.clock(),
  }
  await change(manage.db, async (tx) => {
    if (network !== null) await refuseTakenNetwork(tx, network)
    await insertCredential(tx, { ...credential, ...secrets(manage, credential.id, key) }).catch(
      asTaken('credential.taken', 'key', 'This key is taken.'),
    )
    await note(tx, manage, mailServer, 'created', credential, { type, name: credential.name, network })
  })
  return { credential, key }
}

function secrets({ vault }: Manage, id: number, key: string | null) {
  if (key === null) return { keyHash: null, keySealed: null }
  const keySealed = Buffer.from(vault.seal(Buffer.from(key), sealContext.credentialKey(id)))
  return { keyHash: Buffer.from(vault.keyHash(key)), keySealed }
}

function networkOf({ actor }: Manage, type: Credential['type'], network: string | undefined): string | null {
  if (type === 'smtp_ip') return networkField(network ?? '', isOperator(actor) ? OPERATORS_PREFIX_MIN : MEMBERS_PREFIX_MIN)
  if (network !== undefined && network !== '') throw invalid('network', 'network is only for credentials of type smtp_ip.')
  return null
}

const callsField = (value: number | null): number | null =>
  value === null ? null : wholeField('callsPerMinute', value, { min: 1, max: 1_000_000 })

/** Of two equal networks nobody could say whose mail it is. */
async function refuseTakenNetwork(tx: Queries, network: string): Promise<void> {
  if (await networkTaken(tx, network))
    throw new AppError('credential.taken', `Another credential of this installation has the network ${network}.`, { field: 'network' })
}

export type CredentialInput = Partial<Pick<NewCredentialInput, 'name' | 'hold' | 'network' | 'callsPerMinute'>> & { readonly id: number }

/** @throws AppError `credential.not_found`, `auth.forbidden`, `input.invalid`, `credential.taken` */
export async function updateCredentialSettings(manage: Manage, input: CredentialInput): Promise<Credential> {
  const { row, mailServer } = await requireCredential(manage, input.id)
  const changes = given({
    name: input.name === undefined ? undefined : textField('name', input.name),
    hold: input.hold,
    callsPerMinute: input.callsPerMinute === undefined ? undefined : callsField(input.callsPerMinute),
    network: input.network === undefined ? undefined : (networkOf(manage, row.type, input.network) ?? undefined),
  })
  await change(manage.db, async (tx) => {
    if (changes.network !== undefined && changes.network !== row.network) await refuseTakenNetwork(tx, changes.network)
    await updateCredential(tx, row.id, changes)
    await note(tx, manage, mailServer, 'updated', row, { changed: changedFields(changes) })
  })
  return { ...withoutSecrets(row), ...changes }
}

/** From now on it proves nothing; processes that know it forget it within seconds. */
export async function revokeCredential(manage: Manage, { id }: { id: number }): Promise<void> {
  const { row, mailServer } = await requireCredential(manage, id)
  await change(manage.db, async (tx) => {
    await deleteCredential(tx, id)
    await note(tx, manage, mailServer, 'revoked', row, { type: row.type, name: row.name })
  })
}

/** Shows a key once more. @throws AppError `credential.not_found`, `auth.forbidden` */
export async function revealCredentialKey(manage: Manage, { id }: { id: number }): Promise<string> {
  const { row, mailServer } = await requireCredential(manage, id)
  if (!row.keySealed) throw invalid('id', 'Credentials of type smtp_ip have no key.')
  const key = Buffer.from(manage.vault.unseal(row.keySealed, sealContext.credentialKey(id))).toString()
  await change(manage.db, (tx) => note(tx, manage, mailServer, 'revealed', row, {}))
  return key
}

async function requireCredential(manage: Manage, id: number): Promise<{ row: StoredCredential; mailServer: MailServer }> {
  return requireOwned(manage, 'credential', await findCredential(manage.db, id), 'member')
}

function withoutSecrets({ keyHash: _hash, keySealed: _sealed, ...credential }: StoredCredential): Credential {
  return credential
}

type Details = Readonly<{ [name: string]: unknown }>

const note = (
  tx: Queries,
  manage: Manage,
  { organizationId }: MailServer,
  verb: string,
  { id }: Pick<Credential, 'id'>,
  details: Details,
) => record(tx, manage, { action: `credential.${verb}`, subjectId: id, organizationId, details })

export type CredentialUse = 'unused' | 'active' | 'quiet' | 'dormant' | 'inactive'

const DAY_MS = 86_400_000

/** Over a month quiet, over six dormant, over a year inactive. */
export function credentialUse(lastUsedAt: Date | null, now: Date): CredentialUse {
  if (lastUsedAt === null) return 'unused'
  const days = (now.getTime() - lastUsedAt.getTime()) / DAY_MS
  if (days > 365) return 'inactive'
  if (days > 182) return 'dormant'
  return days > 30 ? 'quiet' : 'active'
}
