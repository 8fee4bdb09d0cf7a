/** Promises of tracking tokens to recipients, senders and operators. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TrackingKeys } from './keys.ts'
import { PURPOSES } from './purpose.ts'
import { createTokenSigner, createTokenVerifier, DESTINATION_BYTES_MAX, dayOf, type NewToken, TOKEN_CHARACTERS_MAX } from './token.ts'

const HOST = 'track.example.com'
const TODAY = dayOf(new Date('2026-11-21T12:00:00Z'))
const master = (fill: number) => new Uint8Array(32).fill(fill)
const keys: TrackingKeys = { current: 1, keys: new Map([[1, master(7)]]) }
const sign = createTokenSigner(keys)
const verify = createTokenVerifier(keys)
const click: NewToken = {
  purpose: 'click',
  mailServerId: 41,
  messageId: 42,
  link: 1,
  issuedDay: TODAY,
  destination: 'https://example.com/a?b=c#d',
}

function signed(token: NewToken, host = HOST): string {
  const text = sign(token, host)
  if (text === undefined) throw new Error('not signed')
  return text
}

const anyNumbers = {
  mailServerId: fc.maxSafeNat(),
  messageId: fc.maxSafeNat(),
  link: fc.nat(0xffff),
  issuedDay: fc.integer({ min: TODAY - 700, max: TODAY }),
}
const anyToken: fc.Arbitrary<NewToken> = fc.oneof(
  fc.record({
    ...anyNumbers,
    purpose: fc.constantFrom('click' as const, 'redirect' as const),
    destination: fc.webUrl({ withFragments: true, withQueryParameters: true }),
  }),
  fc.record({ ...anyNumbers, purpose: fc.constantFrom('open' as const, 'unsubscribe' as const), destination: fc.constant('') }),
)

describe('a token', () => {
  it('tells at the edge exactly what the core signed', () => {
    fc.assert(
      fc.property(anyToken, fc.domain(), (token, host) => {
        expect(verify(signed(token, host), token.purpose, host, TODAY)).toEqual({ ...token, keyId: 1 })
      }),
    )
  })

  it('carries destinations in every script as they were written', () => {
    const destination = 'https://bücher.example/straße/日本?q=😀&x=%20'
    expect(verify(signed({ ...click, destination }), 'click', HOST, TODAY)?.destination).toBe(destination)
  })

  it('is worthless with any character changed', () => {
    const text = signed(click)
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ é'),
        (at, character) => {
          fc.pre(text.charAt(at) !== character)
          expect(verify(text.slice(0, at) + character + text.slice(at + 1), 'click', HOST, TODAY)).toBeUndefined()
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it('is worthless with any bit of any byte changed', () => {
    const bytes = Buffer.from(signed(click), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      for (const purpose of PURPOSES) expect(verify(flipped.toString('base64url'), purpose, HOST, TODAY)).toBeUndefined()
    }
  })

  it('is worthless when cut short or prolonged', () => {
    const text = signed(click)
    for (let length = 0; length < text.length; length++) expect(verify(text.slice(0, length), 'click', HOST, TODAY)).toBeUndefined()
    for (const more of ['A', 'AA', '=', '==', '.', '%00', ' ']) expect(verify(text + more, 'click', HOST, TODAY)).toBeUndefined()
  })

  it('is worthless on a foreign host', () => {
    fc.assert(
      fc.property(anyToken, fc.domain(), (token, foreign) => {
        fc.pre(foreign !== HOST)
        expect(verify(signed(token), token.purpose, foreign, TODAY)).toBeUndefined()
      }),
    )
  })

  it('is worthless for another purpose', () => {
    fc.assert(
      fc.property(anyToken, fc.constantFrom(...PURPOSES), (token, other) => {
        fc.pre(other !== token.purpose)
        expect(verify(signed(token), other, HOST, TODAY)).toBeUndefined()
      }),
    )
  })

  it('never throws, whatever it is given', () => {
    const garbage = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 2_000 }),
      fc.base64String({ maxLength: 2_000 }),
      fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    )
    fc.assert(
      fc.property(garbage, fc.constantFrom(...PURPOSES), fc.string({ unit: 'binary' }), (token, purpose, host) => {
        expect(verify(token, purpose, host, TODAY)).toBeUndefined()
      }),
      { numRuns: 1_000 },
    )
  })

  it('works for two years, then no more', () => {
    const text = signed({ ...click, issuedDay: TODAY - 731 })
    expect(verify(text, 'click', HOST, TODAY)).toBeDefined()
    expect(verify(text, 'click', HOST, TODAY + 2)).toBeUndefined()
  })

  it('does not care for the case of the host, nor for a port that goes without saying', () => {
    const text = signed(click, 'Track.Example.COM')
    for (const host of [HOST, 'TRACK.example.com', `${HOST}:443`, `${HOST}:80`, `${HOST}.`])
      expect(verify(text, 'click', host, TODAY)).toBeDefined()
    expect(verify(text, 'click', `${HOST}:8787`, TODAY)).toBeUndefined()
  })
})

describe('keys', () => {
  it('keep old links alive after a new key has become current', () => {
    const rotated: TrackingKeys = {
      current: 2,
      keys: new Map([
        [1, master(7)],
        [2, master(8)],
      ]),
    }
    expect(createTokenVerifier(rotated)(signed(click), 'click', HOST, TODAY)?.keyId).toBe(1)
    const fresh = createTokenSigner(rotated)(click, HOST)
    expect(createTokenVerifier(rotated)(fresh ?? '', 'click', HOST, TODAY)?.keyId).toBe(2)
    expect(verify(fresh ?? '', 'click', HOST, TODAY)).toBeUndefined()
  })

  it('of another installation open nothing', () => {
    expect(createTokenVerifier({ current: 1, keys: new Map([[1, master(9)]]) })(signed(click), 'click', HOST, TODAY)).toBeUndefined()
  })
})

describe('a link is left alone', () => {
  it('when it does not lead to the web', () => {
    for (const destination of [
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://example.com/',
      'mailto:a@example.com',
      '//example.com/',
      'https://',
      'http:///x',
      'https://exa mple/',
      '',
    ]) {
      expect(sign({ ...click, destination }, HOST), destination).toBeUndefined()
    }
  })

  it('when its token would be longer than mail clients carry', () => {
    const destination = `https://example.com/${'a'.repeat(DESTINATION_BYTES_MAX - 20)}`
    expect(signed({ ...click, destination })).toHaveLength(TOKEN_CHARACTERS_MAX)
    expect(verify(signed({ ...click, destination }), 'click', HOST, TODAY)).toBeDefined()
    expect(sign({ ...click, destination: `${destination}a` }, HOST)).toBeUndefined()
  })

  it('when a number does not fit', () => {
    for (const wrong of [{ link: 65_536 }, { messageId: 2 ** 53 }, { mailServerId: -1 }, { issuedDay: 0.5 }])
      expect(sign({ ...click, ...wrong }, HOST)).toBeUndefined()
  })
})
