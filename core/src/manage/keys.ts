/** Keys of the installation: made once at the first start, read at every start, rotated on request. */
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { MASTER_KEY_BYTES, type TrackingKeys } from '@posthaste/shared/tracking/keys.ts'
import { AppError } from '../domain/errors.ts'
import { sealContext } from '../domain/seals.ts'
import { dkimPublicKey } from '../mail/dkim-keys.ts'
import { change, type Queries } from '../store/change.ts'
import { insertDkimKeys } from '../store/domains.ts'
import {
  deleteInstallationKey,
  type InstallationKey,
  insertInstallationKey,
  listInstallationKeys,
  lockInstallationKeys,
  retireOtherKeys,
} from '../store/keys.ts'
import { type Manage, record, requireOperator } from './context.ts'
import { invalid } from './fields.ts'

const generate = promisify(generateKeyPair)
const RSA_BITS = 2048
const FIRST_KEY_ID = 1
const KEY_IDS = 256
/** Links that were signed longer ago are not followed any more. */
const TRACKING_YEARS_MS = 2 * 365 * 86_400_000

export type SigningKey = { readonly keyId: number; readonly privateKey: KeyObject; readonly retired: boolean }
export type InstallationKeys = {
  readonly tracking: TrackingKeys
  /** Newest first; the first that is not retired signs, all are published. */
  readonly signing: readonly SigningKey[]
}

export type KeysContext = Pick<Manage, 'db' | 'vault' | 'clock' | 'newId' | 'randomBytes'> & {
  readonly dnsNames: Pick<Manage['dnsNames'], 'dkimIdentifier'>
}

/**
 * Makes what is missing and reads what is there. When several processes start at once, the first key counts for all.
 * @param signingKeyPem an imported RSA key, such as Postal's `signing.key`; it counts only while there is no other
 * @throws AppError `input.invalid` when the PEM holds no RSA key
 */
export async function openInstallationKeys(
  context: KeysContext,
  { signingKeyPem }: { signingKeyPem: string | null },
): Promise<InstallationKeys> {
  if ((await listInstallationKeys(context.db, 'tracking')).length === 0) await makeTrackingKey(context, FIRST_KEY_ID)
  if ((await listInstallationKeys(context.db, 'signing')).length === 0) await makeSigningKey(context, signingKeyPem)
  return { tracking: await readTrackingKeys(context), signing: await readSigningKeys(context) }
}

/** For those who read again after a rotation: no restart is needed. */
export async function readTrackingKeys({ db, vault }: Pick<Manage, 'db' | 'vault'>): Promise<TrackingKeys> {
  const rows = await listInstallationKeys(db, 'tracking')
  const current = rows.find((row) => row.retiredAt === null)
  if (!current) throw new Error('the installation has no tracking key')
  return { current: current.keyId, keys: new Map(rows.map((row) => [row.keyId, open(vault, row)])) }
}

export async function readSigningKeys({ db, vault }: Pick<Manage, 'db' | 'vault'>): Promise<SigningKey[]> {
  const rows = await listInstallationKeys(db, 'signing')
  return rows.map((row) => ({ keyId: row.keyId, privateKey: fromDer(open(vault, row)), retired: row.retiredAt !== null }))
}

const open = (vault: Manage['vault'], row: InstallationKey): Uint8Array =>
  vault.unseal(row.secretSealed, sealContext.installationKey(row.purpose, row.keyId))

const fromDer = (der: Uint8Array): KeyObject => createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
const toDer = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' })

type Made = Pick<InstallationKey, 'purpose' | 'keyId'> & { readonly secret: Uint8Array }

/** @returns false when another process was faster. */
async function keep(
  tx: Queries,
  { vault, clock }: Pick<KeysContext, 'vault' | 'clock'>,
  { purpose, keyId, secret }: Made,
): Promise<boolean> {
  const secretSealed = Buffer.from(vault.seal(secret, sealContext.installationKey(purpose, keyId)))
  return insertInstallationKey(tx, { purpose, keyId, secretSealed, createdAt: clock(), retiredAt: null })
}

async function makeTrackingKey(context: KeysContext, keyId: number): Promise<void> {
  const secret = context.randomBytes(MASTER_KEY_BYTES)
  await change(context.db, async (tx) => {
    if (await keep(tx, context, { purpose: 'tracking', keyId, secret })) await note(tx, context, 'created', 'tracking', keyId)
  })
}

/**
 * The key that signs for the return path domain is made with it, by whichever process wins. An imported key does both,
 * as in Postal, because its DNS record is there already; a new installation keeps them apart.
 */
async function makeSigningKey(context: KeysContext, pem: string | null): Promise<void> {
  const imported = pem === null ? undefined : parseRsa(pem)
  const signing = imported ?? (await generate('rsa', { modulusLength: RSA_BITS })).privateKey
  const dkim = imported ?? (await generate('rsa', { modulusLength: RSA_BITS })).privateKey
  await change(context.db, async (tx) => {
    if (!(await keep(tx, context, { purpose: 'signing', keyId: FIRST_KEY_ID, secret: toDer(signing) }))) return
    await insertDkimKeys(tx, [installationDkimKey(context, dkim)])
    await note(tx, context, imported ? 'imported' : 'created', 'signing', FIRST_KEY_ID)
  })
}

function parseRsa(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'rsa') return key
  } catch (cause) {
    throw new AppError('input.invalid', 'The signing key must be an RSA private key in PEM form.', {
      field: 'postal.signing_key_path',
      cause,
    })
  }
  throw invalid('postal.signing_key_path', 'The signing key must be an RSA key.')
}

function installationDkimKey({ vault, newId, clock, dnsNames }: KeysContext, key: KeyObject) {
  const id = newId()
  return {
    id,
    domainId: null,
    selector: dnsNames.dkimIdentifier,
    algorithm: 'rsa-sha256' as const,
    privateKeySealed: Buffer.from(vault.seal(toDer(key), sealContext.dkimPrivateKey(id))),
    publicKey: dkimPublicKey(key),
    createdAt: clock(),
  }
}

const note = (
  tx: Queries,
  context: Pick<KeysContext, 'newId' | 'clock'> & { readonly actor?: Manage['actor'] },
  verb: string,
  purpose: string,
  keyId: number,
) =>
  record(
    tx,
    { actor: { type: 'system' }, ...context },
    { action: `installation_key.${verb}`, subjectId: null, details: { purpose, keyId } },
  )

/** New links are signed by a new key; the former ones verify for two years. @throws AppError `auth.forbidden` */
export async function rotateTrackingKey(manage: Manage): Promise<{ readonly keyId: number }> {
  requireOperator(manage)
  const secret = manage.randomBytes(MASTER_KEY_BYTES)
  return change(manage.db, async (tx) => {
    const now = manage.clock()
    const rows = await lockInstallationKeys(tx, 'tracking')
    const expired = rows.filter((row) => row.retiredAt && now.getTime() - row.retiredAt.getTime() > TRACKING_YEARS_MS)
    for (const row of expired) await deleteInstallationKey(tx, row)
    const keyId = freeKeyId(rows)
    if (!(await keep(tx, manage, { purpose: 'tracking', keyId, secret })))
      throw invalid('keyId', 'Another rotation was faster; look and try again.')
    await retireOtherKeys(tx, { purpose: 'tracking', keyId, retiredAt: now })
    await note(tx, manage, 'rotated', 'tracking', keyId)
    return { keyId }
  })
}

/** The next in a circle of 256, so that an id comes back as late as possible. */
function freeKeyId(rows: readonly InstallationKey[]): number {
  const taken = new Set(rows.map((row) => row.keyId))
  const newest = rows.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0]?.keyId ?? 0
  for (let step = 1; step < KEY_IDS; step += 1) {
    const candidate = (newest + step) % KEY_IDS
    if (!taken.has(candidate)) return candidate
  }
  throw invalid('keyId', 'All 256 tracking keys are in use; the oldest expires two years after its rotation.')
}

/** What signed webhooks before stays published for receivers that keep it. @throws AppError `auth.forbidden` */
export async function rotateSigningKey(manage: Manage): Promise<{ readonly keyId: number }> {
  requireOperator(manage)
  const { privateKey } = await generate('rsa', { modulusLength: RSA_BITS })
  return change(manage.db, async (tx) => {
    const keyId = freeKeyId(await lockInstallationKeys(tx, 'signing'))
    if (!(await keep(tx, manage, { purpose: 'signing', keyId, secret: toDer(privateKey) })))
      throw invalid('keyId', 'Another rotation was faster; look and try again.')
    await retireOtherKeys(tx, { purpose: 'signing', keyId, retiredAt: manage.clock() })
    await note(tx, manage, 'rotated', 'signing', keyId)
    return { keyId }
  })
}

/** The first of the keys that signs now. */
export function currentSigningKey(keys: readonly SigningKey[]): SigningKey {
  const current = keys.find((key) => !key.retired)
  if (!current) throw new Error('the installation has no signing key')
  return current
}
