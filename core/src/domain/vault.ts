/** The vault: seals what must be readable again, and hashes keys for look-up, with keys derived from one master key (D11). */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'

const MASTER_KEY_BYTES = 32

export type Vault = {
  /** `context` says what is sealed, such as `webhooks.secret:17`: sealed bytes moved to another row do not open there. */
  readonly seal: (bytes: Uint8Array, context: string) => Uint8Array
  /** @throws Error when the bytes were sealed by another key or for another context, or were changed. */
  readonly unseal: (sealed: Uint8Array, context: string) => Uint8Array
  /** 32 bytes by which a credential is found without storing it: of no use to who has only the database. */
  readonly keyHash: (key: string) => Uint8Array
  /** A key of 32 bytes for one purpose. Keys of different purposes tell nothing about each other. */
  readonly derive: (purpose: string) => Uint8Array
}

const NONCE_BYTES = 12 // NIST SP 800-38D §8.2.2: random nonces, of 96 bits
const TAG_BYTES = 16
const HEAD_BYTES = 1 + NONCE_BYTES

export function createVault(masterKey: Uint8Array): Vault {
  if (masterKey.length !== MASTER_KEY_BYTES) throw new RangeError(`the master key must have ${MASTER_KEY_BYTES} bytes`)
  const sealingKey = expand(masterKey, 'seal')
  const hashingKey = createSecretKey(expand(masterKey, 'key-hash')) // once, since every API call hashes a key
  // Tells a wrong master key apart from changed bytes.
  const keyId = expand(masterKey, 'key-id')[0] ?? 0

  return {
    seal: (bytes, context) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(context))
      const hidden = [cipher.update(bytes), cipher.final()]
      return Buffer.concat([Uint8Array.of(keyId), nonce, ...hidden, cipher.getAuthTag()])
    },
    unseal: (sealed, context) => {
      if (sealed.length < HEAD_BYTES + TAG_BYTES) throw new Error(`sealed ${context} is too short`)
      if (sealed[0] !== keyId) throw new Error(`${context} was sealed with another master key`)
      const decipher = createDecipheriv('aes-256-gcm', sealingKey, sealed.subarray(1, HEAD_BYTES), { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-TAG_BYTES))
      return openWith(decipher, sealed.subarray(HEAD_BYTES, -TAG_BYTES), context)
    },
    keyHash: (key) => createHmac('sha256', hashingKey).update(key).digest(),
    derive: (purpose) => expand(masterKey, `derive/${purpose}`),
  }
}

function openWith(decipher: ReturnType<typeof createDecipheriv>, hidden: Uint8Array, context: string): Uint8Array {
  try {
    return Buffer.concat([decipher.update(hidden), decipher.final()])
  } catch (cause) {
    throw new Error(`sealed ${context} does not open: it was changed or belongs elsewhere`, { cause })
  }
}

/** RFC 5869. The master key is uniform, so that no salt is needed (§3.1). */
const expand = (masterKey: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(), `posthaste/1/${purpose}`, 32))
