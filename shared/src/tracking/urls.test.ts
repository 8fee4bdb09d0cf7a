/** Promises of tracking URLs. */
import { expect, it } from 'vitest'
import { linkToken } from './link-token.ts'
import { clickUrl, openUrl, parseTrackingPath, redirectUrl, trackingBase, unsubscribeUrl } from './urls.ts'

const base = trackingBase({ host: 'track.example.com', tls: true })

it('keeps a path of its own for each purpose', () => {
  expect(clickUrl(base, 'T')).toBe('https://track.example.com/c/T')
  expect(openUrl(base, 'T')).toBe('https://track.example.com/o/T')
  expect(unsubscribeUrl(base, 'T')).toBe('https://track.example.com/u/T')
  expect(redirectUrl(trackingBase({ host: 'localhost:8787', tls: false }), 'T')).toBe('http://localhost:8787/r/T')
})

it('finds purpose and token again in a path', () => {
  expect(parseTrackingPath('/u/a-_9')).toEqual({ purpose: 'unsubscribe', token: 'a-_9' })
  for (const path of ['/', '/c/', '/x/abc', '/c/a/b', '/C/abc', 'c/abc', '/c/a%20']) expect(parseTrackingPath(path), path).toBeUndefined()
})

it('gives every link of a message a name that stays', () => {
  expect(linkToken(42, 1)).toMatch(/^[A-Za-z0-9]{16}$/)
  expect(linkToken(42, 1)).toBe(linkToken(42, 1))
  expect(new Set(Array.from({ length: 1_000 }, (_, link) => linkToken(42, link))).size).toBe(1_000)
})
