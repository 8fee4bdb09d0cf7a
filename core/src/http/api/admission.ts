/** Who calls an API, and whether he may now: the mail server whose API credential has the key. Both versions of the API count together. */
import type { Vault } from '../../domain/vault.ts'
import { cached } from '../../store/cache.ts'
import type { CredentialUse } from '../../store/credential-use.ts'
import type { Database } from '../../store/database.ts'
import type { Credential, Directory, MailServer } from '../../store/directory.ts'
import { findBlock, recordFailure, type ThrottleRule } from '../../store/throttles.ts'
import { createRateLimit } from './rate-limit.ts'

export type Caller = { readonly credential: Credential; readonly mailServer: MailServer }

export type Admission =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'no_key' | 'bad_key' | 'suspended' }
  /** Too many calls, or too many bad keys. */
  | { readonly kind: 'too_many'; readonly retryAfterSeconds: number }

export type Admit = (key: string | undefined, address: string) => Promise<Admission>

export type AdmissionDeps = {
  readonly db: Database
  readonly directory: Directory
  readonly vault: Pick<Vault, 'keyHash'>
  readonly credentialUse: Pick<CredentialUse, 'note'>
  readonly clock: () => Date
}

const BAD_KEYS: ThrottleRule = { failuresMax: 20, windowMs: 60_000, blockMs: 60_000 }
const THROTTLE_KIND = 'api_key'
const BLOCK_KNOWN_MS = 2_000
const ENTRIES_MAX = 10_000
/** Longer ones are nobody's; they are not even looked up. */
const KEY_LENGTH_MAX = 255

export function createAdmission({ db, directory, vault, credentialUse, clock }: AdmissionDeps): Admit {
  const waitOf = createRateLimit(clock)
  const blocked = cached<string, boolean>({
    load: async (address) => (await findBlock(db, THROTTLE_KIND, [address], clock())) !== undefined,
    ttlMs: BLOCK_KNOWN_MS,
    entriesMax: ENTRIES_MAX,
    clock,
  })
  /** Good keys pass from a blocked address too, as many share one. */
  const refuseKey = async (address: string): Promise<Admission> => {
    if (await blocked(address)) return { kind: 'too_many', retryAfterSeconds: BAD_KEYS.blockMs / 1000 }
    await recordFailure(db, { kind: THROTTLE_KIND, subject: address }, BAD_KEYS, clock())
    return { kind: 'bad_key' }
  }
  return async (key = '', address) => {
    if (key.trim() === '') return { kind: 'no_key' }
    const caller = key.length <= KEY_LENGTH_MAX ? await findCaller({ directory, vault }, key) : undefined
    if (!caller) return refuseKey(address)
    if (caller.mailServer.suspended) return { kind: 'suspended' }
    credentialUse.note(caller.credential.id)
    const retryAfterSeconds = waitOf(caller.credential)
    return retryAfterSeconds === undefined ? { kind: 'caller', caller } : { kind: 'too_many', retryAfterSeconds }
  }
}

/** The key is found by its keyed hash, so that nothing of it can be learnt from how long the search takes. */
async function findCaller({ directory, vault }: Pick<AdmissionDeps, 'directory' | 'vault'>, key: string): Promise<Caller | undefined> {
  const credential = await directory.credentialByKeyHash(Buffer.from(vault.keyHash(key)).toString('hex'))
  if (credential?.type !== 'api') return undefined
  const mailServer = await directory.mailServer(credential.mailServerId)
  return mailServer && { credential, mailServer }
}
