/** Who calls: the mail server whose API credential has the key in `X-Server-API-Key`. */
import { cached } from '../../../store/cache.ts'
import { findBlock, recordFailure, type ThrottleRule } from '../../../store/throttles.ts'
import type { ApiDeps, Caller } from './call.ts'
import { type Answer, refuse } from './envelope.ts'

export type Authenticate = (key: string | undefined, address: string) => Promise<Caller | Answer>

const BAD_KEYS: ThrottleRule = { failuresMax: 20, windowMs: 60_000, blockMs: 60_000 }
const THROTTLE_KIND = 'api_key'
const BLOCK_KNOWN_MS = 2_000
const ENTRIES_MAX = 10_000
/** Longer ones are nobody's; they are not even looked up. */
const KEY_LENGTH_MAX = 255
const SHOWN = 4

type Deps = Pick<ApiDeps, 'db' | 'directory' | 'vault' | 'credentialUse' | 'clock'>

export function createAuthenticate({ db, directory, vault, credentialUse, clock }: Deps): Authenticate {
  const blocked = cached<string, boolean>({
    load: async (address) => (await findBlock(db, THROTTLE_KIND, [address], clock())) !== undefined,
    ttlMs: BLOCK_KNOWN_MS,
    entriesMax: ENTRIES_MAX,
    clock,
  })
  /** Good keys pass from a blocked address too, as many share one. */
  const refuseKey = async (key: string, address: string): Promise<Answer> => {
    if (await blocked(address)) return { ...refuse('RateLimitExceeded'), retryAfterSeconds: BAD_KEYS.blockMs / 1000 }
    await recordFailure(db, { kind: THROTTLE_KIND, subject: address }, BAD_KEYS, clock())
    return refuse('InvalidServerAPIKey', { token: masked(key) })
  }
  return async (key = '', address) => {
    if (key.trim() === '') return refuse('AccessDenied')
    const caller = key.length <= KEY_LENGTH_MAX ? await findCaller({ directory, vault }, key) : undefined
    if (!caller) return refuseKey(key, address)
    if (caller.mailServer.suspended) return refuse('ServerSuspended')
    credentialUse.note(caller.credential.id)
    return caller
  }
}

/** The key is found by its keyed hash, so that nothing of it can be learnt from how long the search takes. */
async function findCaller({ directory, vault }: Pick<Deps, 'directory' | 'vault'>, key: string): Promise<Caller | undefined> {
  const credential = await directory.credentialByKeyHash(Buffer.from(vault.keyHash(key)).toString('hex'))
  if (credential?.type !== 'api') return undefined
  const mailServer = await directory.mailServer(credential.mailServerId)
  return mailServer && { credential, mailServer }
}

/** Answers end up in logs. */
const masked = (key: string): string => `${key.slice(0, SHOWN)}${'*'.repeat(Math.max(0, Math.min(key.length, 24) - SHOWN))}`
