/** DKIM signatures over finished mail: RSA-SHA256 and Ed25519-SHA256, relaxed/relaxed. RFC 6376, RFC 8463 */
import { createHash, type KeyObject, sign } from 'node:crypto'
import { bodyHash, relaxedHeader } from './dkim-canonical.ts'
import { type Header, readHeaders, splitMail } from './headers.ts'

export type DkimSigner = {
  readonly domain: string
  readonly selector: string
  /** Kept by the caller: reading a PEM costs as much as a signature. RSA or Ed25519. */
  readonly key: KeyObject
}

const SIGNED = new Set([
  ...['from', 'sender', 'reply-to', 'subject', 'date', 'message-id', 'to', 'cc', 'mime-version', 'content-type'],
  ...['content-transfer-encoding', 'resent-to', 'resent-cc', 'resent-from', 'resent-sender', 'resent-message-id', 'in-reply-to'],
  ...['references', 'list-id', 'list-help', 'list-owner', 'list-unsubscribe', 'list-unsubscribe-post', 'list-subscribe', 'list-post'],
])
/** Listed once more than they occur, so that a second one cannot be added on the way. RFC 6376 §8.15 */
const OVERSIGNED = ['from', 'subject', 'to', 'date']

/** What all signatures of one mail share. */
export type SigningInput = { readonly names: readonly string[]; readonly canonical: string; readonly bodyHash: string }

/**
 * Signs a mail with CRLF line endings once for each signer, all from one body hash.
 * Returns the fields to be put in front. `at` becomes t=, so that the same mail gets the same bytes again.
 */
export async function signMail(raw: Buffer, signers: readonly DkimSigner[], at: Date): Promise<Buffer> {
  const input = signingInput(raw, bodyHash(raw.subarray(splitMail(raw).bodyStart)))
  return signInput(input, signers, at)
}

/** Signs prepared input; see `signingInput`. */
export async function signInput(input: SigningInput, signers: readonly DkimSigner[], at: Date): Promise<Buffer> {
  const fields = await Promise.all(signers.map((signer) => signatureField(input, signer, at)))
  return Buffer.from(fields.join(''), 'latin1')
}

/** Chooses and canonicalises the fields; `hash` is the body's, which the caller may already know. */
export function signingInput(raw: Buffer, hash: string): SigningInput {
  const signed = readHeaders(raw).filter((header) => SIGNED.has(header.name))
  const canonical = bottomUp(signed).map((header) => canonicalField(raw, header))
  // A name listed beyond its last occurrence stands for nothing in the hash: RFC 6376 §5.4
  return { names: [...signed.map((header) => header.name), ...OVERSIGNED], canonical: canonical.join('\r\n'), bodyHash: hash }
}

/** Keeps the order of names but takes repeated fields from the bottom, as verifiers do: RFC 6376 §5.4.2 */
function bottomUp(headers: readonly Header[]): Header[] {
  const remaining = new Map<string, Header[]>()
  for (const header of headers) {
    const same = remaining.get(header.name)
    if (same) same.push(header)
    else remaining.set(header.name, [header])
  }
  return headers.map((header) => remaining.get(header.name)?.pop() ?? header)
}

const canonicalField = (raw: Buffer, header: Header): string =>
  relaxedHeader(header.name, raw.toString('latin1', header.valueStart, header.end))

async function signatureField(input: SigningInput, signer: DkimSigner, at: Date): Promise<string> {
  const ed25519 = signer.key.asymmetricKeyType === 'ed25519'
  const field = [
    `v=1; a=${ed25519 ? 'ed25519' : 'rsa'}-sha256; c=relaxed/relaxed;`,
    `d=${signer.domain};`,
    `s=${signer.selector}; t=${Math.floor(at.getTime() / 1000)};`,
    `bh=${input.bodyHash};`,
    `h=${foldNames(input.names)};`,
    'b=',
  ].join('\r\n\t')
  const head = input.canonical === '' ? '' : `${input.canonical}\r\n`
  const data = Buffer.from(head + relaxedHeader('dkim-signature', field), 'latin1')
  const signature = ed25519 ? await signEd25519(data, signer.key) : await signRsa(data, signer.key)
  return `DKIM-Signature: ${field}${foldSignature(signature.toString('base64'))}\r\n`
}

/** PKCS #1 v1.5, Node's default for RSA (RFC 8017 §8.2). The callback form runs on the thread pool, so that every core signs. */
function signRsa(data: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, signature: Buffer) => (error ? reject(error) : resolve(signature))
    sign('sha256', data, key, done)
  })
}

/** Ed25519 signs the SHA-256 hash of the data, not the data: RFC 8463 §3. It is quicker than a trip to the thread pool. */
async function signEd25519(data: Buffer, key: KeyObject): Promise<Buffer> {
  return sign(null, createHash('sha256').update(data).digest(), key)
}

const LINE_MAX = 72

function foldNames(names: readonly string[]): string {
  let out = ''
  let lineLength = 2
  for (const [index, name] of names.entries()) {
    if (index > 0 && lineLength + name.length + 1 > LINE_MAX) {
      out += ':\r\n\t'
      lineLength = 0
    } else if (index > 0) {
      out += ':'
    }
    out += name
    lineLength += name.length + 1
  }
  return out
}

const foldSignature = (base64: string): string => (base64.match(/.{1,72}/g) ?? []).join('\r\n\t')
