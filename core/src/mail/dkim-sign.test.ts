import { createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { dkimVerify } from 'mailauth/lib/dkim/verify'
import { beforeAll, expect, it } from 'vitest'
import { bodyHash, relaxedBody } from './dkim-canonical.ts'
import { type DkimKeyPair, dkimRecord, generateDkimKey } from './dkim-keys.ts'
import { type DkimSigner, signMail } from './dkim-sign.ts'
import { withBlankLine } from './headers.ts'
import { normaliseLineEndings } from './line-endings.ts'

const at = new Date('2026-03-01T10:20:29Z')
let rsa: DkimKeyPair
let ed25519: DkimKeyPair
let signers: DkimSigner[]

beforeAll(async () => {
  rsa = await generateDkimKey('rsa')
  ed25519 = await generateDkimKey('ed25519')
  signers = [
    { domain: 'shop.example', selector: 'r', key: rsa.privateKey },
    { domain: 'shop.example', selector: 'e', key: ed25519.privateKey },
  ]
})

async function resolver(name: string): Promise<string[][]> {
  if (name === 'r._domainkey.shop.example') return [[rsa.record]]
  if (name === 'e._domainkey.shop.example') return [[ed25519.record]]
  throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
}

async function verdicts(raw: Buffer): Promise<string[]> {
  const { results } = await dkimVerify(raw, { resolver, curTime: at })
  return results.map(({ status }) => String(status.result))
}

async function signed(text: string | Buffer, by = signers): Promise<Buffer> {
  const raw = Buffer.isBuffer(text) ? text : Buffer.from(text)
  return Buffer.concat([await signMail(raw, by, at), raw])
}

const MAIL = 'From: a@shop.example\r\nTo: b@client.example\r\nSubject: Hello\r\n World\r\nDate: Sun, 01 Mar 2026 10:20:29 +0000\r\n'

it('hashes the body of the reference as the reference does', () => {
  const body = Buffer.from('This is a message to test the delivery of messages through Postal.\r\n')
  expect(bodyHash(body)).toBe('mvuu3b9qEfdaZCSaVxLvRSqKbMB5YN4qxRCRw5FtvuE=')
})

it('hashes an empty body and one of empty lines as the empty string, RFC 6376 §3.4.4', () => {
  expect(bodyHash(Buffer.alloc(0))).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')
  expect(bodyHash(Buffer.from('\r\n \r\n'))).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')
})

it.each([
  [' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
  ['a', 'a\r\n'],
  ['\r\n\r\na \r\n', '\r\n\r\na\r\n'],
  ['a\r\n \r\nb', 'a\r\n\r\nb\r\n'],
  ['a \t\r\n \t b', 'a\r\n b\r\n'],
  [' \r\n a', '\r\n a\r\n'],
])('canonicalises the body %j', (body, canonical) => {
  expect(relaxedBody(Buffer.from(body)).toString()).toBe(canonical)
})

it('signs with RSA and Ed25519 so that both verify', async () => {
  expect(await verdicts(await signed(`${MAIL}\r\nHi  there \r\n`))).toEqual(['pass', 'pass'])
})

it('signs mail with an empty body, and mail that lacks the blank line once it is given one', async () => {
  expect(await verdicts(await signed(`${MAIL}\r\n`))).toEqual(['pass', 'pass'])
  expect(await verdicts(await signed(withBlankLine(Buffer.from(MAIL.trimEnd()))))).toEqual(['pass', 'pass'])
})

it('hashes repeated fields from the bottom, as verifiers read them', async () => {
  const repeated = `Reply-To: one@shop.example\r\nReply-To: two@shop.example\r\nCc: x@y.example\r\nCC: z@y.example\r\n${MAIL}\r\nHi\r\n`
  expect(await verdicts(await signed(repeated))).toEqual(['pass', 'pass'])
})

it.each(['From', 'Subject', 'To', 'Date'])('breaks when a second %s is added on the way', async (name) => {
  const mail = await signed(`${MAIL}\r\nHi\r\n`)
  expect(await verdicts(Buffer.concat([Buffer.from(`${name}: evil@x.example\r\n`), mail]))).toEqual(['fail', 'fail'])
})

it('forbids a subject to be added to a mail that has none', async () => {
  const mail = await signed('From: a@shop.example\r\nDate: Sun, 01 Mar 2026 10:20:29 +0000\r\n\r\nHi\r\n')
  expect(await verdicts(mail)).toEqual(['pass', 'pass'])
  expect(await verdicts(Buffer.concat([Buffer.from('Subject: Buy\r\n'), mail]))).toEqual(['fail', 'fail'])
})

it('lists the signed names in the order of the mail, then those signed once more', async () => {
  const names = ['X-Postal-MsgID', 'Received', 'Date', 'From', 'To', 'Message-ID', 'Subject', 'Mime-Version', 'Content-Type']
  const fields = [...names, 'Content-Transfer-Encoding'].map((name) => `${name}: a\r\n b\r\n`)
  const raw = Buffer.from(`${fields.join('')}\r\n`)
  const field = (await signMail(raw, signers.slice(0, 1), at)).toString()
  const listed = /\bh=([^;]*);/.exec(field)?.[1]?.replace(/\s/g, '')
  expect(listed).toBe('date:from:to:message-id:subject:mime-version:content-type:content-transfer-encoding:from:subject:to:date')
  expect(field).toContain('; t=1772360429;')
  expect(field).not.toMatch(/\b[lx]=\d/)
})

it('keeps every line of the field short', async () => {
  const many = Array.from({ length: 60 }, (_, index) => `References: <${index}@x>\r\n`).join('')
  const field = (await signMail(Buffer.from(`${many}${MAIL}\r\n`), signers, at)).toString()
  expect(Math.max(...field.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(100)
})

it('gives the same bytes for the same mail and time, so that retries do', async () => {
  expect(await signMail(Buffer.from(MAIL), signers, at)).toEqual(await signMail(Buffer.from(MAIL), signers, at))
})

it('publishes keys in the forms of RFC 6376 and RFC 8463', () => {
  expect(rsa.record).toMatch(/^v=DKIM1; t=s; h=sha256; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A[A-Za-z0-9+/=]+;$/)
  expect(ed25519.record).toMatch(/^v=DKIM1; k=ed25519; t=s; h=sha256; p=[A-Za-z0-9+/]{43}=;$/)
  expect(dkimRecord(createPublicKey(rsa.privateKey))).toBe(rsa.record)
})

const words = fc.string({ unit: fc.constantFrom('a', 'B', ' ', '\t', 'ü', '=', ';', ':', '.', '漢'), maxLength: 30 })
const foldedValue = fc.array(words, { minLength: 1, maxLength: 4 }).map((lines) => lines.map((line) => `x${line}`).join('\r\n '))
const field = fc.tuple(fc.constantFrom('To', 'CC', 'subject', 'List-ID', 'X-Other', 'References', 'Sender'), foldedValue)
const bodyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .string({ unit: fc.constantFrom('a', ' ', '\t', '\r\n', '.', '\r\n\r\n'), maxLength: 80 })
    .map((text) => new TextEncoder().encode(text)),
)

it('signs any mail, broken and 8-bit ones too, so that an independent verifier agrees', async () => {
  const mails = fc.tuple(fc.array(field, { maxLength: 8 }), bodyBytes)
  await fc.assert(
    fc.asyncProperty(mails, async ([fields, body]) => {
      const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
      const raw = Buffer.concat([Buffer.from(`${head}From: a@shop.example\r\n\r\n`), body])
      expect(await verdicts(await signed(normaliseLineEndings(raw)))).toEqual(['pass', 'pass'])
    }),
    { numRuns: 150 },
  )
})
