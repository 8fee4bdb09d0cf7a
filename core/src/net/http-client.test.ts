import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createRawServer } from 'node:net'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createAddressGuard } from './address-guard.ts'
import { trustedCertificate } from './certificate.fixture.ts'
import { createDns } from './dns.ts'
import { createHttpClient, type HttpClient, type HttpPost } from './http-client.ts'

type Seen = { request: IncomingMessage; body: string }

let dnsServer: DnsServer
let client: HttpClient
let now = 0
const closing: (() => unknown)[] = []

beforeEach(async () => {
  dnsServer = await startDnsServer({ zone: { 'hook.test': { A: ['127.0.0.1'] }, 'other.test': { A: ['127.0.0.2'] } } })
  dnsServer.breakName('broken.test', { kind: 'servfail' })
  client = clientThatMay(['127.0.0.0/8'])
})

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await dnsServer[Symbol.asyncDispose]()
})

function clientThatMay(allow: string[], socketsPerOriginMax?: number): HttpClient {
  const dns = createDns({ servers: [dnsServer.address], timeoutMs: 1_000, clock: () => new Date(now) })
  const limit = socketsPerOriginMax === undefined ? {} : { socketsPerOriginMax }
  const made = createHttpClient({ dns, mayConnect: createAddressGuard({ allow }), ...limit })
  closing.push(() => made[Symbol.asyncDispose]())
  return made
}

async function listen(server: Server, address = '127.0.0.1'): Promise<number> {
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const bound = server.address()
  return typeof bound === 'object' ? (bound?.port ?? 0) : 0
}

/** Answers with the given function, and keeps what was asked. */
async function serve(answer: (response: ServerResponse, seen: Seen) => void, { tls = false, address = '127.0.0.1' } = {}) {
  const seen: Seen[] = []
  const listener: RequestListener = async (request, response) => {
    let body = ''
    for await (const piece of request) body += String(piece)
    seen.push({ request, body })
    answer(response, { request, body })
  }
  const server = tls ? createTlsServer(await trustedCertificate(), listener) : createServer(listener)
  return { port: await listen(server, address), seen, server }
}

const post = (url: string, more: Partial<HttpPost> = {}) =>
  client.post({
    url,
    headers: { 'Content-Type': 'application/json' },
    body: '{"a":"\u00e4"}',
    timeoutMs: 10_000,
    responseBytesMax: 1_000,
    ...more,
  })

it('posts the body and gives back the answer', async () => {
  const hook = await serve((response) => response.writeHead(429, { 'Retry-After': '120' }).end('slow down'))
  expect(await post(`http://hook.test:${hook.port}/in?x=1`, { body: Buffer.from('hé') })).toEqual({
    kind: 'answer',
    status: 429,
    retryAfter: '120',
    rawHeaders: expect.arrayContaining(['Retry-After', '120']),
    body: 'slow down',
  })
  const [seen] = hook.seen
  expect(seen?.body).toBe('hé')
  expect(seen?.request).toMatchObject({
    method: 'POST',
    url: '/in?x=1',
    headers: { host: `hook.test:${hook.port}`, 'content-length': '3' },
  })
})

it('turns user and password of the URL into a login, decoded', async () => {
  const hook = await serve((response) => response.end())
  await post(`http://me%40x:p%3Ass%25@hook.test:${hook.port}/`)
  expect(hook.seen[0]?.request.headers.authorization).toBe(`Basic ${Buffer.from('me@x:p:ss%').toString('base64')}`)
})

it('does not follow redirects', async () => {
  const target = await serve((response) => response.end())
  const hook = await serve((response) => response.writeHead(302, { Location: `http://hook.test:${target.port}/` }).end())
  expect(await post(`http://hook.test:${hook.port}/`)).toMatchObject({ status: 302 })
  expect(target.seen).toEqual([])
})

it.each([
  'http://127.0.0.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f.1:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://hook.test:PORT/',
  'http://localhost:PORT/',
  'http://169.254.169.254/latest/meta-data',
  'http://[fd00:ec2::254]/',
])('does not connect to a private address by %s', async (url) => {
  client = clientThatMay([])
  const hook = await serve((response) => response.end())
  expect(await post(url.replace('PORT', String(hook.port)))).toEqual({ kind: 'fault', code: -2, text: 'The host has no public address' })
  expect(hook.seen).toEqual([])
})

it('connects to the address that was checked, also when the name moves', async () => {
  client = clientThatMay(['127.0.0.2/32'])
  const hook = await serve((response) => response.end(), { address: '127.0.0.2' })
  dnsServer.set({ 'moving.test': { A: ['127.0.0.2', '127.0.0.1'] } })
  expect(await post(`http://moving.test:${hook.port}/`)).toMatchObject({ status: 200 })
  dnsServer.set({ 'moving.test': { A: ['127.0.0.1'] } })
  now += 3_600_000
  hook.server.closeAllConnections()
  expect(await post(`http://moving.test:${hook.port}/`)).toMatchObject({ code: -2, text: 'The host has no public address' })
})

it.each([
  ['ftp://hook.test/', 'Not an HTTP URL'],
  ['nonsense', 'Not an HTTP URL'],
  ['http://hook.test:25/', 'Port 25 is not for HTTP'],
  ['http://nowhere.test/', 'The host nowhere.test is not known'],
  ['http://broken.test/', 'No name server could say where broken.test is'],
  ['http://hook.test:1025/', 'connect ECONNREFUSED 127.0.0.1:1025'],
])('gives a fault for %s', async (url, text) => {
  expect(await post(url)).toEqual({ kind: 'fault', code: -2, text })
})

it('gives a fault for an answer that is not HTTP, and for none at all', async () => {
  for (const words of ['220 mx ESMTP\r\n', '']) {
    const raw = createRawServer((socket) => void socket.once('data', () => socket.end(words)))
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
    const bound = raw.address()
    expect(await post(`http://hook.test:${typeof bound === 'object' ? bound?.port : 0}/`)).toMatchObject({ kind: 'fault', code: -2 })
    raw.close()
  }
})

it('gives up when the time is over, wherever the exchange stands', async () => {
  const fault = { kind: 'fault', code: -1, text: 'Timed out after 0.1s' }
  const silent = await serve(() => undefined)
  expect(await post(`http://hook.test:${silent.port}/`, { timeoutMs: 100 })).toEqual(fault)
  const dripping = await serve((response) => void response.writeHead(200).write('x'))
  expect(await post(`http://hook.test:${dripping.port}/`, { timeoutMs: 100 })).toEqual(fault)
  dnsServer.breakName('lost.test', { kind: 'silence' })
  expect(await post('http://lost.test/', { timeoutMs: 100 })).toEqual(fault)
})

it('stops when it is cancelled', async () => {
  const silent = await serve(() => undefined)
  const cancelled = new AbortController()
  const posting = post(`http://hook.test:${silent.port}/`, { signal: cancelled.signal })
  await until(() => silent.seen.length === 1, { what: 'the request' })
  cancelled.abort()
  expect(await posting).toEqual({ kind: 'fault', code: -2, text: 'Cancelled' })
  expect(await post(`http://hook.test:${silent.port}/`, { signal: cancelled.signal })).toMatchObject({ text: 'Cancelled' })
})

it('reads no more of an answer than is wanted, and makes it valid UTF-8', async () => {
  const endless = await serve((response) => {
    const more = () => {
      while (!response.destroyed && response.write('é'.repeat(1_000)));
    }
    response.on('drain', more)
    more()
  })
  expect(await post(`http://hook.test:${endless.port}/`, { responseBytesMax: 5 })).toMatchObject({ status: 200, body: 'éé' })
  const broken = await serve((response) => response.end(Buffer.from([0x61, 0xff, 0x62])))
  expect(await post(`http://hook.test:${broken.port}/`)).toMatchObject({ body: 'a\ufffdb' })
})

it('keeps connections, and takes a new one when the server has closed an idle one', async () => {
  const hook = await serve((response) => response.end('ok'))
  const url = `http://hook.test:${hook.port}/`
  await post(url)
  await post(url)
  expect(new Set(hook.seen.map(({ request }) => request.socket)).size).toBe(1)
  hook.server.closeIdleConnections()
  expect(await post(url)).toMatchObject({ status: 200 })
  expect(hook.seen).toHaveLength(3)
})

it('tries once more when a kept connection turns out to be dead', async () => {
  const served = new Map<unknown, number>()
  const hook = await serve((response, { request }) => {
    const count = (served.get(request.socket) ?? 0) + 1
    served.set(request.socket, count)
    if (count === 1) response.end('ok')
    else request.socket.resetAndDestroy()
  })
  const url = `http://hook.test:${hook.port}/`
  expect(await post(url)).toMatchObject({ status: 200 })
  expect(await post(url)).toMatchObject({ status: 200 })
  expect(served.size).toBe(2)
})

it('asks no second time when the time is over, or who cancels, on a kept connection', async () => {
  const hook = await serve((response, { body }) => void (body === 'first' && response.end('ok')))
  const url = `http://hook.test:${hook.port}/`
  await post(url, { body: 'first' })
  expect(await post(url, { timeoutMs: 100 })).toMatchObject({ code: -1 })
  await post(url, { body: 'first' })
  const cancelled = new AbortController()
  const posting = post(url, { signal: cancelled.signal })
  await until(() => hook.seen.length === 4, { what: 'the request' })
  cancelled.abort()
  expect(await posting).toMatchObject({ text: 'Cancelled' })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(hook.seen).toHaveLength(4)
})

it('lets no slow host stand in the way of others', async () => {
  client = clientThatMay(['127.0.0.0/8'], 2)
  const slow = await serve(() => undefined)
  const quick = await serve((response) => response.end('ok'))
  const cancelled = new AbortController()
  const stuck = Array.from({ length: 50 }, () => post(`http://hook.test:${slow.port}/`, { timeoutMs: 60_000, signal: cancelled.signal }))
  await until(() => slow.seen.length === 2, { what: 'two requests' })
  expect(await post(`http://hook.test:${quick.port}/`)).toMatchObject({ status: 200 })
  expect(await post(`http://other.test:${quick.port}/`)).toMatchObject({ code: -2 })
  expect(slow.seen).toHaveLength(2)
  cancelled.abort()
  expect(new Set((await Promise.all(stuck)).map((outcome) => outcome.kind === 'fault' && outcome.text))).toEqual(new Set(['Cancelled']))
})

it('gives up when the time is over also for those that wait for a connection', async () => {
  client = clientThatMay(['127.0.0.0/8'], 1)
  const slow = await serve(() => undefined)
  const stuck = Array.from({ length: 5 }, () => post(`http://hook.test:${slow.port}/`, { timeoutMs: 100 }))
  expect((await Promise.all(stuck)).map((outcome) => outcome.kind === 'fault' && outcome.code)).toEqual([-1, -1, -1, -1, -1])
})

it('takes only valid certificates', async () => {
  const hook = await serve((response) => response.end('ok'), { tls: true })
  expect(await post(`https://hook.test:${hook.port}/`)).toMatchObject({ status: 200 })
  const bad = { kind: 'fault', code: -3, text: 'Invalid SSL certificate' }
  expect(await post(`https://127.0.0.1:${hook.port}/`)).toEqual(bad)
  const plain = await serve((response) => response.end())
  expect(await post(`https://hook.test:${plain.port}/`)).toEqual(bad)
})
