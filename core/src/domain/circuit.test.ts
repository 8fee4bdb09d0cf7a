/** The circuit of a webhook: when it opens, how it probes, when it closes. */
import { expect, it } from 'vitest'
import { afterFailure, circuitOf, HEALTHY, type Health } from './circuit.ts'

const start = Date.UTC(2026, 10, 21)
const at = (seconds: number) => new Date(start + seconds * 1_000)
const failing = (times: number, health: Health = HEALTHY, now = at(0)): Health =>
  times === 0 ? health : failing(times - 1, afterFailure(health, { now, random: 0 }), now)

it('stays closed for nine failures in a row and opens at the tenth', () => {
  expect(circuitOf(failing(9), at(0))).toBe('closed')
  expect(circuitOf(failing(10), at(0))).toBe('open')
  expect(failing(10).openUntil).toEqual(at(30))
})

it('lets a probe through after half a minute, and rests twice as long after each that fails, up to a quarter of an hour', () => {
  let health = failing(10)
  const rests: number[] = []
  for (let n = 0; n < 8; n += 1) {
    const now = health.openUntil ?? at(0)
    expect(circuitOf(health, now)).toBe('probing')
    health = afterFailure(health, { now, random: 0 })
    rests.push((Number(health.openUntil) - now.getTime()) / 1_000)
  }
  expect(rests).toEqual([60, 120, 240, 480, 900, 900, 900, 900])
})

it('learns nothing from requests that were under way when it opened', () => {
  const open = failing(10)
  expect(failing(30, open, at(10))).toBe(open)
})

it('rests for as long as the receiver asks, also when it failed only once', () => {
  const health = afterFailure(HEALTHY, { now: at(0), random: 0, retryAfterMs: 90_000 })
  expect(circuitOf(health, at(89))).toBe('open')
  expect(circuitOf(health, at(90))).toBe('closed')
})
