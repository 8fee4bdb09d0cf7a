import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ease, isDead, narrow, openWindow, WINDOW_MAX, type Window, widen } from './window.ts'

const times = (n: number, step: (window: Window) => Window, from = openWindow()): Window => {
  let window = from
  for (let i = 0; i < n; i += 1) window = step(window)
  return window
}

describe('the window of a site', () => {
  it('stays between one connection and the most, whatever happens', () => {
    const steps = fc.array(fc.constantFrom('widen', 'narrow', 'ease'), { maxLength: 300 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: WINDOW_MAX }), (sequence, max) => {
        let window = openWindow(Math.min(5, max))
        for (const step of sequence) {
          window = step === 'widen' ? widen(window, max) : step === 'narrow' ? narrow(window) : ease(window)
          expect(window.size).toBeGreaterThanOrEqual(1)
          expect(window.size).toBeLessThanOrEqual(Math.max(5, max))
          expect(Math.abs(window.credit)).toBeLessThanOrEqual(1.0001)
        }
      }),
    )
  })

  it('grows by one connection for each round of successes', () => {
    expect(times(5, widen).size).toBe(6)
    expect(times(5 + 6, widen).size).toBe(7)
  })

  it('does not shrink for one fault among many successes', () => {
    expect(narrow(times(3, widen)).size).toBe(5)
  })

  it('is dead after three rounds of failures in a row, and alive after one success', () => {
    const dead = times(40, narrow)
    expect(isDead(dead)).toBe(true)
    expect(isDead(widen(dead))).toBe(false)
  })

  it('never dies of being asked to slow down', () => {
    expect(isDead(times(100, ease))).toBe(false)
    expect(times(100, ease).size).toBe(1)
  })

  it('comes back to the most connections after any past, given enough successes', () => {
    const steps = fc.array(fc.constantFrom(widen, narrow, ease), { maxLength: 300 })
    fc.assert(
      fc.property(steps, (sequence) => {
        const past = sequence.reduce((window, step) => step(window), openWindow())
        expect(isDead(widen(past))).toBe(false)
        expect(times(2 * WINDOW_MAX * WINDOW_MAX, widen, past).size).toBe(WINDOW_MAX)
      }),
    )
  })

  describe('after refused probes', () => {
    const toProbe = (window: Window): { window: Window; successes: number } => {
      let probing = window
      let successes = 0
      for (; probing.size === probing.proven; successes += 1) probing = widen(probing)
      return { window: probing, successes }
    }

    it('asks ever more seldom for one more', () => {
      let window = times(5, widen)
      const waits: number[] = []
      for (let probe = 0; probe < 6; probe += 1) {
        const next = toProbe(ease(window))
        waits.push(next.successes)
        window = next.window
      }
      expect(waits).toEqual([16, 32, 64, 128, 256, 256])
    })

    it('grows as at first when a probe holds', () => {
      const refused = times(6, (window) => ease(toProbe(window).window))
      expect(refused.size).toBe(5)
      expect(times(256 + 256 + 7 + 8, widen, refused).size).toBe(9)
    })
  })

  it('gives up a connection that the site refuses round after round, and keeps one that it refuses now and then', () => {
    const round = (successes: number) => (window: Window) => ease(times(successes, widen, window))
    expect(times(7, round(4)).size).toBe(4)
    // As often as that it may grow, but not shrink.
    expect(times(50, round(30)).size).toBeGreaterThanOrEqual(5)
  })
})
