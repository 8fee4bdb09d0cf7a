/** Self-made certificates, signed by themselves or by an authority of the test world, with the TLSA record that would pin them. */
import { createHash, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { generate } from 'selfsigned'

export type Certificate = {
  /** PEM. As `ca` (or by NODE_EXTRA_CA_CERTS) it makes a client trust what it signed, and itself. */
  readonly cert: string
  readonly key: string
  /** DANE-EE, SPKI, SHA-256: the form that RFC 7672 §3.1.1 recommends. */
  readonly tlsa: string
}

export type CertificateOptions = {
  /** Host names and IP addresses. */
  readonly names: readonly string[]
  /** In the past for one that has expired. */
  readonly validUntil?: Date
  /** Who signs it; itself when absent. */
  readonly authority?: Certificate
}

const YEAR_MS = 365 * 86_400_000

export async function makeCertificate({ names, validUntil, authority }: CertificateOptions): Promise<Certificate> {
  const notAfterDate = validUntil ?? new Date(Date.now() + YEAR_MS)
  const made = await generate([{ name: 'commonName', value: names[0] ?? 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Math.min(Date.now(), notAfterDate.getTime()) - YEAR_MS),
    notAfterDate,
    extensions: [
      { name: 'subjectAltName', altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })) },
    ],
    ...(authority ? { ca: authority } : {}),
  })
  return { cert: made.cert, key: made.private, tlsa: tlsaOf(made.cert) }
}

/** An authority, to sign others with. */
export async function makeAuthority(name = 'Test Authority'): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  return { cert: made.cert, key: made.private, tlsa: tlsaOf(made.cert) }
}

function tlsaOf(pem: string): string {
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return `3 1 1 ${createHash('sha256').update(spki).digest('hex')}`
}
