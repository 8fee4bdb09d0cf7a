/** What tests can rely on when webhooks and incoming mail go to the HTTP endpoint of the test world. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { expect, it } from 'vitest'
import { redirectTo, startWebhookReceiver } from './webhook-receiver.ts'
import { keyId } from './webhook-signatures.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const kid = keyId(publicKey)
const secret = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`
const body = '{"event":"MessageSent","n": 1.0}'

const postalHeaders = (text: string) => ({
  'X-Postal-Signature': sign('RSA-SHA1', Buffer.from(text), privateKey).toString('base64'),
  'X-Postal-Signature-256': sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64'),
  'X-Postal-Signature-KID': kid,
})

function standardHeaders(text: string, at: Date) {
  const timestamp = String(Math.floor(at.getTime() / 1_000))
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signature = createHmac('sha256', key).update(`msg_1.${timestamp}.${text}`).digest('base64')
  return { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,AAAA v1,${signature}` }
}

const post = (url: string, headers: Record<string, string> = {}, text = body) =>
  fetch(url, { method: 'POST', headers, body: text, redirect: 'manual', signal: AbortSignal.timeout(300) })

it('keeps the exact body and all there is to know of a request', async () => {
  await using receiver = await startWebhookReceiver()
  await post(`${receiver.url}hook?a=1`, { 'content-type': 'application/json' })
  const [request] = await receiver.received(1)
  expect(request).toMatchObject({ method: 'POST', url: '/hook?a=1', status: 200, headers: { 'content-type': 'application/json' } })
  expect(request?.raw.toString()).toBe(body)
  expect(request?.json()).toEqual({ event: 'MessageSent', n: 1 })
})

it("finds Postal's signatures good by a key given in any form, or published", async () => {
  await using jwks = await startWebhookReceiver()
  jwks.answerAlways({ status: 200, body: JSON.stringify({ keys: [{ kid: 'old' }, { ...publicKey.export({ format: 'jwk' }), kid }] }) })
  await using receiver = await startWebhookReceiver({ jwksUrl: jwks.url })
  await post(receiver.url, postalHeaders(body))
  const good = { sha1: 'good', sha256: 'good', kid: 'good', standard: 'absent' }
  expect(await receiver.requests[0]?.verify()).toEqual(good)
  receiver.trust({ publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() })
  expect(await receiver.requests[0]?.verify()).toEqual(good)
  receiver.trust({ publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64') })
  expect(await receiver.requests[0]?.verify()).toEqual(good)
})

it('finds Standard Webhooks headers good, by the secret and within five minutes', async () => {
  const now = new Date('2030-01-01T00:00:00Z')
  await using receiver = await startWebhookReceiver({ secret, clock: () => now })
  await post(receiver.url, standardHeaders(body, now))
  await post(receiver.url, standardHeaders(body, new Date(now.getTime() - 6 * 60_000)))
  const marks = await Promise.all(receiver.requests.map(async (request) => (await request.verify()).standard))
  expect(marks).toEqual(['good', 'bad'])
  receiver.trust({ secret: `whsec_${Buffer.from('another').toString('base64')}` })
  expect(await receiver.requests[0]?.verify()).toMatchObject({ standard: 'bad' })
})

it('finds out what was changed on the way, and what is not signed', async () => {
  await using receiver = await startWebhookReceiver({ publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(), secret })
  await post(receiver.url, { ...postalHeaders(body), ...standardHeaders(body, new Date()), 'X-Postal-Signature-KID': 'no' }, `${body} `)
  await post(receiver.url)
  expect(await receiver.requests[0]?.verify()).toEqual({ sha1: 'bad', sha256: 'bad', kid: 'bad', standard: 'bad' })
  expect(await receiver.requests[1]?.verify()).toEqual({ sha1: 'absent', sha256: 'absent', kid: 'absent', standard: 'absent' })
})

it('answers as it is told to, then with 200', async () => {
  await using receiver = await startWebhookReceiver()
  receiver.answerNext(503, { status: 429, headers: { 'retry-after': '7' }, body: 'slow' }, redirectTo('http://10.0.0.1/'), {
    status: 200,
    delayMs: 30,
  })
  expect((await post(receiver.url)).status).toBe(503)
  const slow = await post(receiver.url)
  expect([slow.status, slow.headers.get('retry-after'), await slow.text()]).toEqual([429, '7', 'slow'])
  expect((await post(receiver.url)).headers.get('location')).toBe('http://10.0.0.1/')
  expect((await post(receiver.url)).status).toBe(200)
  expect((await post(receiver.url)).status).toBe(200)
})

it('hangs and cuts the line, having kept the request all the same', async () => {
  await using receiver = await startWebhookReceiver()
  receiver.answerNext('hang', 'reset')
  await expect(post(receiver.url)).rejects.toThrow(/timeout/)
  await expect(post(receiver.url)).rejects.toThrow('fetch failed')
  expect(receiver.requests.map(({ status }) => status)).toEqual([undefined, undefined])
})
