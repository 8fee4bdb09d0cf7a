/** What every tracking route needs: to verify the token of a request, and to record the visit without making anybody wait. */
import {
  canonicalHost,
  createTokenVerifier,
  dayOf,
  type Purpose,
  type TokenClaims,
  type TrackingKeys,
} from '@posthaste/shared/tracking/token.ts'
import type { Context } from 'hono'
import { toEvent } from './record.ts'
import type { RevocationReader } from './revocations.ts'
import type { EventSink } from './sink.ts'

export type TrackingOptions = {
  readonly keys: TrackingKeys
  readonly sink: EventSink
  readonly clock: () => Date
  readonly newUlid: () => string
  /** The visitor's address, behind whatever proxies are trusted. */
  readonly clientAddress: (c: Context) => string
  /** The host the visitor asked for; that of the request's URL unless told otherwise. */
  readonly requestHost?: (c: Context) => string
  readonly clientCountry?: (c: Context) => string | undefined
  readonly revocations?: RevocationReader
  /** Keeps the program alive until work that outlasts its response is done. */
  readonly afterResponse: (c: Context, work: Promise<void>) => void
  readonly onFault: (fault: unknown) => void
}

export type Tracker = {
  /** What the request's token says; undefined when it is worth nothing here. */
  readonly admit: (c: Context, purpose: Purpose) => Promise<TokenClaims | undefined>
  /** Never delays or breaks the answer: an event that finds no sink is reported and lost. */
  readonly record: (c: Context, claims: TokenClaims) => void
  /** For what must not be lost: false when the event is not safe. */
  readonly recordSafely: (c: Context, claims: TokenClaims) => Promise<boolean>
}

export function createTracker(options: TrackingOptions): Tracker {
  const { clock, newUlid, revocations, onFault, requestHost = hostOfUrl, clientCountry = () => undefined } = options
  const verify = createTokenVerifier(options.keys)

  async function send(c: Context, claims: TokenClaims): Promise<boolean> {
    try {
      const visit = { host: canonicalHost(requestHost(c)), ipAddress: options.clientAddress(c), country: clientCountry(c) }
      await options.sink([toEvent(claims, { ...visit, id: newUlid(), at: clock(), headers: c.req.raw.headers })])
      return true
    } catch (fault) {
      onFault(fault)
      return false
    }
  }

  return {
    async admit(c, purpose) {
      const claims = verify(c.req.param('token') ?? '', purpose, requestHost(c), dayOf(clock()))
      if (!claims || !revocations) return claims
      const isRevoked = await revocations()
      return isRevoked(claims) ? undefined : claims
    },
    record(c, claims) {
      if (c.req.method === 'HEAD') return // asks about the link without following it, RFC 9110 §9.3.2
      options.afterResponse(
        c,
        send(c, claims).then(() => undefined),
      )
    },
    recordSafely: send,
  }
}

const hostOfUrl = (c: Context): string => new URL(c.req.url).host
