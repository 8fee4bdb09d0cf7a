/**
 * Sites with a hidden capacity on virtual time: what the window's feedback saves them and us, against fixed concurrency. Five fixed
 * connections are too many for small sites and four times as slow as need be at large ones; the table stands in docs/decisions/046.
 */
import { describe, expect, it } from 'vitest'
import { nextStep } from '../domain/retry.ts'
import { ease, isDead, narrow, openWindow, WINDOW_MAX, type Window, widen } from './window.ts'

type SiteModel = {
  readonly name: string
  /** Connections that it takes at second `t`; what is above is deferred. 0 is an outage. */
  readonly capacity: (t: number) => number
  /** Of what it takes, the share that it defers whatever we do. */
  readonly moods?: number
}

type Concurrency = {
  readonly name: string
  readonly size: (t: number) => number
  /** In the order in which results come in. */
  readonly learn: (results: readonly Result[], t: number) => void
}
type Result = 'taken' | 'deferred' | 'unreachable'
type Run = { readonly deferrals: number; readonly seconds: number }

const MESSAGES = 5_000
const PROBE_EVERY = 60
const SECONDS_MAX = 100_000

const fixed = (size: number): Concurrency => ({ name: `fixed ${size}`, size: () => size, learn: () => undefined })

/** As `couriers/site.ts` uses the window: a dead site gets one probe a minute. */
function feedback(): Concurrency {
  let window: Window = openWindow()
  let probeAt = 0
  const step = (result: Result): Window => (result === 'taken' ? widen(window) : result === 'deferred' ? ease(window) : narrow(window))
  return {
    name: 'feedback',
    size: (t) => (isDead(window) ? Number(t >= probeAt) : window.size),
    learn: (results, t) => {
      for (const result of results) window = step(result)
      if (isDead(window) && results.length > 0) probeAt = t + PROBE_EVERY
    },
  }
}

/** A repeatable die. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

/** The waits stop growing after the fifth attempt, so that all sites drain within a day. */
function retryAt(attempts: number, t: number, random: number): number {
  const step = nextStep(
    { kind: 'soft_fail' },
    { attempts: Math.min(attempts, 5), priority: 0 },
    { now: new Date(t * 1_000), random },
    Number.POSITIVE_INFINITY,
  )
  return step.kind === 'retry' ? Math.ceil(step.at.getTime() / 1_000) : t + 1
}

/** Each delivery takes a second; what is deferred comes back when the retry schedule says. */
function drain({ capacity, moods = 0 }: SiteModel, concurrency: Concurrency): Run {
  const random = dice(7)
  const due = new Map<number, number[]>([[0, Array.from({ length: MESSAGES }, () => 0)]])
  const ready: number[] = []
  let left = MESSAGES
  let deferrals = 0
  let t = 0
  for (; left > 0; t += 1) {
    if (t > SECONDS_MAX) throw new Error(`${concurrency.name} does not come to an end`)
    ready.push(...(due.get(t) ?? []))
    due.delete(t)
    const round = ready.splice(0, concurrency.size(t))
    const results = shuffled(
      round.map((_, n): Result => {
        if (capacity(t) === 0) return 'unreachable'
        return n < capacity(t) && random() >= moods ? 'taken' : 'deferred'
      }),
      random,
    )
    for (const [n, result] of results.entries()) {
      if (result === 'taken') left -= 1
      else {
        deferrals += 1
        const attempts = round[n] ?? 0
        const at = retryAt(attempts, t, random())
        due.set(at, [...(due.get(at) ?? []), attempts + 1])
      }
    }
    concurrency.learn(results, t)
  }
  return { deferrals, seconds: t }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

const SITES: readonly SiteModel[] = [
  { name: 'takes 3', capacity: () => 3 },
  { name: 'takes 10', capacity: () => 10 },
  { name: 'takes all', capacity: () => 1_000 },
  { name: 'is away for 10 min', capacity: (t) => (t >= 60 && t < 660 ? 0 : 10) },
  { name: 'takes 10, then 3', capacity: (t) => (t < 120 ? 10 : 3) },
  { name: 'takes 3, then 20', capacity: (t) => (t < 600 ? 3 : 20) },
  { name: 'defers 1 in 100', capacity: () => 1_000, moods: 0.01 },
]

const runs = SITES.map((site) => {
  const [few, many, fed] = [fixed(5), fixed(WINDOW_MAX), feedback()].map((concurrency) => drain(site, concurrency))
  return { site: site.name, moods: site.moods ?? 0, few, many, fed }
})

const shown = ({ deferrals = 0, seconds = 0 }: Partial<Run> = {}) => `${deferrals} deferrals, ${seconds} s`

describe(`feedback, for ${MESSAGES} messages`, () => {
  // biome-ignore lint/suspicious/noConsole: the table is what the simulation is for
  console.table(runs.map(({ site, few, many, fed }) => ({ site, 'fixed 5': shown(few), 'fixed 20': shown(many), feedback: shown(fed) })))

  it.each(runs)('puts off at most one message in fifty by its own fault, where the site $site', ({ fed, moods }) => {
    expect(fed?.deferrals).toBeLessThanOrEqual(MESSAGES * (0.02 + moods))
  })

  it.each(runs.filter(({ moods }) => moods === 0))(
    'puts off a tenth of what fixed connections do, where the site $site',
    ({ few, many, fed }) => {
      for (const { deferrals = 0 } of [few ?? {}, many ?? {}]) if (deferrals > 0) expect(fed?.deferrals).toBeLessThanOrEqual(deferrals / 10)
    },
  )

  it.each(runs)('drains hardly later than the faster of both, where the site $site', ({ few, many, fed }) => {
    expect(fed?.seconds).toBeLessThanOrEqual(Math.min(few?.seconds ?? 0, many?.seconds ?? 0) * 1.25)
  })
})
