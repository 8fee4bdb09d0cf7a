/** What a busy site does with those it cannot serve soon, on virtual time. */
import { expect, it } from 'vitest'
import type { SmtpResult } from '../../domain/smtp-reply.ts'
import type { HostSession } from './open-host.ts'
import { Site } from './site.ts'

const NOW = Date.parse('2030-01-01T12:00:00Z')
const TAKEN: SmtpResult = { kind: 'reply', stage: 'final', code: 250, enhanced: null, text: '250 OK' }

const session = (): HostSession => ({
  endpoint: { ip: '192.0.2.1', port: 25, hostname: 'mx.b.test' },
  secure: null,
  resumed: false,
  policy: 'none',
  alive: true,
  transcript: '',
  sent: 0,
  send: async () => TAKEN,
  close: async () => undefined,
})

/** A site that takes ten messages a second and answers nobody until it is told to. */
function slowSite() {
  const time = { now: NOW }
  const limits = {
    connectionsMax: 1,
    messagesPerSessionMax: 100,
    idleMs: 1_000,
    probeEveryMs: 60_000,
    rates: [{ count: 10, perMs: 1_000 }],
  }
  const site = new Site({ limits: () => limits, clock: () => new Date(time.now), random: () => 0.5 })
  const answers: Promise<number | undefined>[] = []
  const join = async (line: string, count: number) => {
    for (let n = 0; n < count; n += 1) {
      const use = () => new Promise<SmtpResult>(() => undefined)
      const result = site.run({ line, pool: 'b.test', open: async () => ({ kind: 'open', session: session() }), use })
      answers.push(result.then((answer) => (answer.kind === 'later' ? answer.at.getTime() - NOW : undefined)))
    }
    await new Promise(setImmediate) // the first connection is there
  }
  return { site, time, limits, join, answers }
}

it('keeps ten seconds of work and sends the others back one after the other', async () => {
  const { site, join, answers } = slowSite()
  await join('1 1', 301)
  expect(site.waiting).toBe(300)
  site.relieve()
  expect(site.waiting).toBeLessThanOrEqual(100)
  const sent = answers.slice(site.waiting + 1)
  const times = await Promise.all(sent)
  expect(times).toHaveLength(300 - site.waiting)
  const gaps = times.slice(1).map((at, n) => (at ?? 0) - (times[n] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(50)
  expect(times[0]).toBeGreaterThan(5_000)
  site.handBack()
})

it('after a relief it turns away more of a long line, and nobody of a short one', async () => {
  const { site, time, join } = slowSite()
  expect(site.turnAway('1 1')).toBeUndefined()
  await join('1 1', 301)
  expect(site.turnAway('1 1')).toBeUndefined()
  site.relieve()
  expect(site.turnAway('1 1')).toMatchObject({ kind: 'later', why: 'busy' })
  expect(site.turnAway('1 0')).toBeUndefined()
  expect(site.turnAway('2 1')).toBeUndefined()
  time.now += 9_000
  expect(site.turnAway('1 1')).toMatchObject({ kind: 'later' })
  time.now += 9_000
  expect(site.turnAway('1 1')).toMatchObject({ kind: 'later' })
  time.now += 11_000
  expect(site.turnAway('1 1')).toBeUndefined()
  site.handBack()
})

it('sends everybody back soon, and not all at once, while other workers have all connections', async () => {
  const { site, limits, join, answers } = slowSite()
  await join('1 1', 301)
  limits.connectionsMax = 0
  expect(site.turnAway('2 0')).toMatchObject({ why: 'shared' })
  await join('2 0', 1)
  const times = (await Promise.all(answers.slice(1))).map((at) => at ?? 0)
  expect(site.waiting).toBe(0)
  expect(Math.min(...times)).toBeGreaterThanOrEqual(2_000)
  expect(Math.max(...times)).toBeLessThan(10_000)
  expect(new Set(times).size).toBe(301)
})
