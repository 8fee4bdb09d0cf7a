/** What a tracking link promises, wherever it is answered: by the core itself or by the Worker in front of it. */
import type { TrackingEvent } from '@posthaste/shared/tracking/event.ts'
import { createTokenSigner, dayOf, type NewToken, type Purpose } from '@posthaste/shared/tracking/token.ts'
import { trackingBase, trackingUrl } from '@posthaste/shared/tracking/urls.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, clock, HOST, keys, type Reply, type Runtime, startCore, startWorker } from './tracking-runtimes.ts'

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const DESTINATION = 'https://example.com/a/b?c=d&e=%20f#g'
const sign = createTokenSigner(keys)
let lastMessageId = 1_000

/** A link of a message that no other test has used, so that its events can be told from all others. */
function newLink(purpose: Purpose, more: Partial<NewToken> = {}, host = HOST) {
  lastMessageId += 1
  const destination = purpose === 'click' || purpose === 'redirect' ? DESTINATION : ''
  const token = sign(
    { purpose, mailServerId: 41, messageId: lastMessageId, link: 1, issuedDay: dayOf(clock()), destination, ...more },
    host,
  )
  if (token === undefined) throw new Error('not signed')
  return { path: trackingUrl({ url: '', host }, purpose, token), messageId: lastMessageId }
}

describe.each([
  { where: 'the core', start: startCore },
  { where: 'the Worker', start: startWorker },
])('$where', ({ start }) => {
  let runtime: Runtime
  beforeAll(async () => {
    runtime = await start()
  })
  afterAll(() => runtime[Symbol.asyncDispose]())

  const ask = (request: Ask): Promise<Reply> => runtime.ask({ ...request, headers: { 'User-Agent': BROWSER, ...request.headers } })
  const of = (messageId: number): TrackingEvent[] => runtime.arrived.filter((event) => event.messageId === messageId)
  const arrival = (messageId: number, timeoutMs = 10_000) =>
    until(() => of(messageId)[0], { what: `an event of message ${messageId}`, timeoutMs })
  /** Whatever was sent before has arrived when a later click has. */
  async function settled(): Promise<void> {
    const { path, messageId } = newLink('click')
    await ask({ path })
    await arrival(messageId)
  }

  it('leads a click on to its destination and records it', async () => {
    const { path, messageId } = newLink('click', { link: 7 })
    const { status, headers } = await ask({ path })
    expect(status).toBe(302)
    expect(headers.get('location')).toBe(DESTINATION)
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(await arrival(messageId)).toMatchObject({
      kind: 'clicked',
      mailServerId: 41,
      link: 7,
      url: DESTINATION,
      host: HOST,
      userAgent: BROWSER,
      automated: false,
    })
  })

  it('shows the pixel and records an open', async () => {
    const { path, messageId } = newLink('open', { link: 0 })
    const { status, headers, body } = await ask({ path })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('image/png')
    expect(body.subarray(1, 4).toString()).toBe('PNG')
    expect(headers.get('content-length')).toBe(String(body.length))
    const event = await arrival(messageId)
    expect(event).toMatchObject({ kind: 'opened', link: 0 })
    expect(event).not.toHaveProperty('url')
  })

  it('follows a signed redirect of no message', async () => {
    const { path } = newLink('redirect', { messageId: 0 })
    expect((await ask({ path })).headers.get('location')).toBe(DESTINATION)
    expect(await arrival(0)).toMatchObject({ kind: 'redirected', url: DESTINATION })
  })

  it('asks before it unsubscribes a person, and records nothing yet', async () => {
    const { path, messageId } = newLink('unsubscribe')
    const { status, headers, body } = await ask({ path })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^text\/html/)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(body.toString()).toContain('<form method="post">')
    await settled()
    expect(of(messageId)).toEqual([])
  })

  it('unsubscribes in one click, RFC 8058', async () => {
    const { path, messageId } = newLink('unsubscribe')
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    expect((await ask({ path, method: 'POST', headers: form, body: 'List-Unsubscribe=One-Click' })).status).toBe(200)
    expect(await arrival(messageId)).toMatchObject({ kind: 'unsubscribed' })
  })

  it('answers HEAD like GET and records nothing', async () => {
    const links = [newLink('click'), newLink('open'), newLink('unsubscribe'), newLink('redirect')]
    const replies = await Promise.all(links.map(({ path }) => ask({ path, method: 'HEAD' })))
    expect(replies.map(({ status }) => status)).toEqual([302, 200, 200, 302])
    expect(replies.every(({ body }) => body.length === 0)).toBe(true)
    expect(replies[0]?.headers.get('location')).toBe(DESTINATION)
    await settled()
    expect(links.flatMap(({ messageId }) => of(messageId))).toEqual([])
  })

  it('leads nowhere with a token of another host, of another purpose, changed, cut or made up', async () => {
    const { path, messageId } = newLink('click')
    const open = newLink('open')
    const wrong: Ask[] = [
      { path, host: 'track.example.net' },
      { path, host: `${HOST}:8443` },
      { path: path.replace('/c/', '/r/') },
      { path: path.replace('/c/', '/o/') },
      { path: open.path.replace('/o/', '/u/') },
      { path: path.slice(0, -1) },
      { path: path.slice(0, 20) },
      { path: `${path}A` },
      { path: path.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A')) },
      { path: path.replace('/c/A', '/c/B') },
      { path: '/c/' },
      { path: '/c/%00%ff%2e%2e' },
      { path: `/c/${'A'.repeat(4_000)}` },
      { path: '/nothing/here' },
    ]
    for (const request of wrong) {
      const { status, headers } = await ask(request)
      expect(status, request.path).toBe(404)
      expect(headers.get('location')).toBeNull()
    }
    await settled()
    expect([...of(messageId), ...of(open.messageId)]).toEqual([])
  })

  it('does not care for the case of the host', async () => {
    expect((await ask({ path: newLink('click').path, host: 'TRACK.Example.com' })).status).toBe(302)
  })

  it('refuses other methods', async () => {
    for (const [purpose, allow] of [
      ['click', 'GET, HEAD'],
      ['open', 'GET, HEAD'],
      ['redirect', 'GET, HEAD'],
      ['unsubscribe', 'GET, HEAD, POST'],
    ] as const) {
      const { status, headers } = await ask({ path: newLink(purpose).path, method: 'DELETE' })
      expect(status).toBe(405)
      expect(headers.get('allow')).toBe(allow)
    }
    expect((await ask({ path: newLink('click').path, method: 'POST' })).status).toBe(405)
  })

  it('lets no cache keep an answer', async () => {
    const paths = [
      ...(['click', 'open', 'redirect', 'unsubscribe'] as const).map((purpose) => newLink(purpose).path),
      '/',
      '/c/wrong',
      '/nothing',
    ]
    for (const path of paths) expect((await ask({ path })).headers.get('cache-control'), path).toBe('no-store')
  })

  it('leads on to destinations in every script', async () => {
    const { path, messageId } = newLink('click', { destination: 'https://bücher.example/straße?q=日本' })
    expect((await ask({ path })).headers.get('location')).toBe('https://xn--bcher-kva.example/stra%C3%9Fe?q=%E6%97%A5%E6%9C%AC')
    expect(await arrival(messageId)).toMatchObject({ url: 'https://bücher.example/straße?q=日本' })
  })

  it('cannot be made to write a header of a destination’s choice', async () => {
    const { path } = newLink('click', { destination: 'https://example.com/\r\nSet-Cookie: a=b' })
    const { status, headers } = await ask({ path })
    expect(status).toBe(302)
    expect(headers.get('set-cookie')).toBeNull()
    expect(headers.get('location')).toMatch(/^https:\/\/example\.com\/\S*$/)
  })

  it('keeps the first 500 characters of a very long user agent', async () => {
    const { path, messageId } = newLink('click')
    expect((await ask({ path, headers: { 'User-Agent': 'x'.repeat(6_000) } })).status).toBe(302)
    expect((await arrival(messageId)).userAgent).toBe('x'.repeat(500))
  })

  it('tells scanners and prefetchers from people, and records both', async () => {
    const scanner = newLink('click')
    await ask({ path: scanner.path, headers: { 'User-Agent': 'Barracuda Sentinel (EE)' } })
    expect(await arrival(scanner.messageId)).toMatchObject({ automated: true })
  })

  it('says Hello. to operators who test a tracking host', async () => {
    const { status, body } = await ask({ path: '/' })
    expect([status, body.toString()]).toEqual([200, 'Hello.'])
  })

  it('delivers every event exactly once', async () => {
    const links = Array.from({ length: 120 }, () => newLink('click'))
    const replies = await Promise.all(links.map(({ path }) => ask({ path })))
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([302]))
    await until(() => links.every(({ messageId }) => of(messageId).length > 0), { what: 'all clicks', timeoutMs: 20_000 })
    await settled()
    expect(links.filter(({ messageId }) => of(messageId).length !== 1)).toEqual([])
    const ids = runtime.arrived.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

it('the Worker loses no event while the core is away', async () => {
  await using runtime = await startWorker()
  runtime.failNext(1)
  const { path, messageId } = newLink('click')
  expect((await runtime.ask({ path })).status).toBe(302)
  await until(() => runtime.arrived.some((event) => event.messageId === messageId), {
    what: 'the click to arrive after all',
    timeoutMs: 30_000,
  })
})

it('links name the scheme and host they were signed for', () => {
  const base = trackingBase({ host: HOST, tls: true })
  expect(trackingUrl(base, 'click', 'T')).toBe(`https://${HOST}/c/T`)
})
