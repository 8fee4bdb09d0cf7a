/** Passwords: argon2id hashes in PHC strings, checked in equal time whether the user exists or not. RFC 9106 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'

type Cost = { readonly memory: number; readonly passes: number; readonly parallelism: number }

/** OWASP's first choice: 19 MiB, 2 passes, 1 lane; about 60 ms. */
const COST: Cost = { memory: 19_456, passes: 2, parallelism: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, COST, HASH_BYTES)
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${encode(salt)}$${encode(hash)}`
}

/** `stored` is undefined for a user that does not exist: the answer then takes as long as a wrong password. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const parsed = stored === undefined ? undefined : parsePhc(stored)
  if (!parsed) {
    await derive(password, Buffer.alloc(SALT_BYTES), COST, HASH_BYTES)
    return false
  }
  return timingSafeEqual(await derive(password, parsed.salt, parsed.cost, parsed.hash.length), parsed.hash)
}

/** Whether a hash was made with another cost than today's, so that a login should renew it. */
export function isOutdated(stored: string): boolean {
  const cost = parsePhc(stored)?.cost
  return !cost || cost.memory !== COST.memory || cost.passes !== COST.passes || cost.parallelism !== COST.parallelism
}

type Parsed = { readonly cost: Cost; readonly salt: Buffer; readonly hash: Buffer }

function parsePhc(stored: string): Parsed | undefined {
  const [, memory, passes, parallelism, salt, hash] = PHC.exec(stored) ?? []
  if (salt === undefined || hash === undefined) return undefined
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
}

/** NFKC, so that a password typed on another keyboard is the same (NIST SP 800-63B §5.1.1.2). */
function derive(password: string, salt: Uint8Array, cost: Cost, length: number): Promise<Buffer> {
  const parameters = { message: password.normalize('NFKC'), nonce: salt, tagLength: length, ...cost }
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, hash) => (error ? reject(error) : resolve(hash)))
  })
}

/** PHC strings leave the padding out. */
const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
