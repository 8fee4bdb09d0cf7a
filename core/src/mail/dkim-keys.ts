/** DKIM key pairs and the DNS records that publish them. RFC 6376 §3.6.1, RFC 8463 §4 */
import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

const generate = promisify(generateKeyPair)

export type DkimAlgorithm = 'rsa' | 'ed25519'
const RSA_BITS = 2048

export type DkimKeyPair = {
  readonly algorithm: DkimAlgorithm
  readonly privateKey: KeyObject
  /** PKCS#8, to be sealed and stored. */
  readonly privateKeyPem: string
  /** The value of the TXT record. */
  readonly record: string
}

export async function generateDkimKey(algorithm: DkimAlgorithm): Promise<DkimKeyPair> {
  const { privateKey } = algorithm === 'rsa' ? await generate('rsa', { modulusLength: RSA_BITS }) : await generate('ed25519')
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { algorithm, privateKey, privateKeyPem, record: dkimRecord(privateKey) }
}

/** The record of a private or public key. `t=s` forbids subdomains in i=, `h=sha256` forbids SHA-1. */
export function dkimRecord(key: KeyObject): string {
  const type = key.asymmetricKeyType === 'ed25519' ? ' k=ed25519;' : ''
  return `v=DKIM1;${type} t=s; h=sha256; p=${dkimPublicKey(key)};`
}

/** The p= value: SPKI for RSA, the bare 32 bytes for Ed25519 (RFC 8463 §4). */
export function dkimPublicKey(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return (publicKey.asymmetricKeyType === 'ed25519' ? spki.subarray(-32) : spki).toString('base64')
}
