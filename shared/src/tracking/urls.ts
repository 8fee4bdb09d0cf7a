/** The public URLs of tracking tokens: one letter for the purpose, then the token. */
import { PURPOSES, type Purpose } from './purpose.ts'

const LETTERS: Record<Purpose, string> = { click: 'c', open: 'o', unsubscribe: 'u', redirect: 'r' }

/** Where links of a mail point to, as in `https://track.example.com`, and the host that signs along with them. */
export type TrackingBase = { readonly url: string; readonly host: string }

export function trackingBase({ host, tls }: { readonly host: string; readonly tls: boolean }): TrackingBase {
  return { url: `${tls ? 'https' : 'http'}://${host}`, host }
}

export const trackingUrl = (base: TrackingBase, purpose: Purpose, token: string): string => `${base.url}/${LETTERS[purpose]}/${token}`
export const clickUrl = (base: TrackingBase, token: string): string => trackingUrl(base, 'click', token)
export const openUrl = (base: TrackingBase, token: string): string => trackingUrl(base, 'open', token)
export const unsubscribeUrl = (base: TrackingBase, token: string): string => trackingUrl(base, 'unsubscribe', token)
export const redirectUrl = (base: TrackingBase, token: string): string => trackingUrl(base, 'redirect', token)

/** The route of a purpose, in the form that Hono reads. */
export const trackingRoute = (purpose: Purpose): `/${string}/:token` => `/${LETTERS[purpose]}/:token`

/** The purpose and token of a path that could be ours; what the token is worth is for the verifier to say. */
export function parseTrackingPath(path: string): { purpose: Purpose; token: string } | undefined {
  const [, letter, token] = /^\/([cour])\/([A-Za-z0-9_-]+)$/.exec(path) ?? []
  const purpose = PURPOSES.find((one) => LETTERS[one] === letter)
  return purpose && token !== undefined ? { purpose, token } : undefined
}
