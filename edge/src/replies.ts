/** What all answers have in common, and the refusals. Headers are constants given with each answer, which costs less than a middleware that adds them. */
import type { Context } from 'hono'

export const COMMON_HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer', // the token is between the recipient and us
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex',
} as const

/** A token that is wrong in any way leads nowhere: no redirect, and no word about what is wrong with it. */
export const unknownLink = (c: Context): Response => c.text('This link is not valid.', 404, COMMON_HEADERS)

export const fault = (c: Context): Response => c.text('Something went wrong.', 500, COMMON_HEADERS)

/** RFC 9110 §15.5.6 */
export const onlyMethods =
  (allow: string) =>
  (c: Context): Response =>
    c.text('This method is not allowed here.', 405, { ...COMMON_HEADERS, Allow: allow })

/** Named one by one, so that a GET meets one handler only. */
export const CHANGING_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
