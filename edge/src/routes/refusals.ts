/** The two answers to requests that are not answered otherwise. */
import type { Context } from 'hono'

/** A token that is wrong in any way leads nowhere: no redirect, and no word about what is wrong with it. */
export const unknownLink = (c: Context): Response => c.text('This link is not valid.', 404)

/** RFC 9110 §15.5.6 */
export const onlyMethods =
  (allow: string) =>
  (c: Context): Response =>
    c.text('This method is not allowed here.', 405, { Allow: allow })
