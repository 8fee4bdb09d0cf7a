/** Signatures of bodies, verified by others than those who made them. */
import { execFile } from 'node:child_process'
import { createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createLocalJWKSet, flattenedVerify } from 'jose'
import { expect, it } from 'vitest'
import { postalSignatureHeaders, signBody, signingKeyId, standardSecret, standardSignatureHeaders } from './body-signatures.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const kid = signingKeyId(privateKey)
const body = Buffer.from('{"event":"MessageSent","payload":{"output":"250 Ök ✓"}}')

it('names the key by the hash of its PKCS#1 form, from either half', () => {
  expect(kid).toMatch(/^[0-9a-f]{64}$/)
  expect(signingKeyId(publicKey)).toBe(kid)
})

it('signs the exact bytes twice, in one line of base64 each', async () => {
  const headers = postalSignatureHeaders(await signBody({ kid, privateKey }, body))
  const signature = (name: string) => Buffer.from(headers[name] ?? '', 'base64')
  expect(verify('RSA-SHA1', body, publicKey, signature('X-Postal-Signature'))).toBe(true)
  expect(verify('RSA-SHA256', body, publicKey, signature('X-Postal-Signature-256'))).toBe(true)
  expect(headers['X-Postal-Signature-KID']).toBe(kid)
  expect(headers['X-Postal-Signature']).toMatch(/^[A-Za-z0-9+/]{342}==$/)
})

it('makes the same signatures every time, with keys of 1024 bits too', async () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const key = { kid: signingKeyId(short.privateKey), privateKey: short.privateKey }
  expect(await signBody(key, body)).toEqual(await signBody(key, body))
  expect(verify('RSA-SHA1', body, short.publicKey, Buffer.from((await signBody(key, body)).sha1, 'base64'))).toBe(true)
})

it('is verified by openssl', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signatures-'))
  try {
    const signatures = await signBody({ kid, privateKey }, body)
    await writeFile(join(folder, 'key.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
    await writeFile(join(folder, 'body'), body)
    for (const hash of ['sha1', 'sha256'] as const) {
      await writeFile(join(folder, 'signature'), Buffer.from(signatures[hash], 'base64'))
      const args = ['dgst', `-${hash}`, '-verify', 'key.pem', '-signature', 'signature', 'body']
      const { stdout } = await promisify(execFile)('openssl', args, { cwd: folder })
      expect(stdout.trim()).toBe('Verified OK')
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('is verified by jose with the key that the JWKS has under its id', async () => {
  // RS256 signs `header.payload` (RFC 7515 §5.1): a body that is one shows that key, algorithm and id fit together.
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const [header, payload] = [encode(JSON.stringify({ alg: 'RS256', kid })), encode(body.toString())]
  const { sha256 } = await signBody({ kid, privateKey }, Buffer.from(`${header}.${payload}`))
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
  const signature = Buffer.from(sha256, 'base64').toString('base64url')
  const verified = await flattenedVerify({ protected: header, payload, signature }, createLocalJWKSet({ keys: [{ kty: 'RSA', ...jwk }] }))
  expect(Buffer.from(verified.payload).equals(body)).toBe(true)
})

it('signs as Standard Webhooks ask, with both secrets while one replaces the other', () => {
  const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', `whsec_${Buffer.from('the former').toString('base64')}`]
  const now = new Date(1_614_265_330_500)
  const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', now, body: '{"test": 2432232314}' }
  const headers = standardSignatureHeaders({ ...signed, secrets: secrets.map(standardSecret) })
  const former = createHmac('sha256', 'the former').update('msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}').digest('base64')
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': `v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,${former}`,
  })
})
