/** Forms are taken from our own pages only: by what the browser says about their origin, and by a token that other sites cannot know. */
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { AppError } from '../../../domain/errors.ts'
import { readCookie } from '../cookies.ts'
import { type AdminContext, type AdminEnv, originOf } from '../deps.ts'
import { FORM_TOKEN_FIELD, isFormToken } from '../form-token.ts'

const FORM_BYTES_MAX = 256 * 1024
const SAFE = new Set(['GET', 'HEAD'])

export const formSize = bodyLimit({
  maxSize: FORM_BYTES_MAX,
  onError: () => {
    throw new AppError('input.too_large', 'This form is too large.')
  },
})

export const sameOrigin = createMiddleware<AdminEnv>(async (c, next) => {
  if (SAFE.has(c.req.method)) return next()
  requireOwnOrigin(c)
  if (!/^application\/x-www-form-urlencoded(?:;|$)/i.test(c.req.header('content-type') ?? '')) throw foreign()
  requireFormToken(c, (await c.req.formData()).get(FORM_TOKEN_FIELD))
  return next()
})

/** Before a body is read. @throws AppError `auth.forbidden` */
export function requireOwnOrigin(c: AdminContext): void {
  if (!isOwn({ site: c.req.header('sec-fetch-site'), origin: c.req.header('origin') }, originOf(c))) throw foreign()
}

/** @throws AppError `auth.forbidden` */
export function requireFormToken(c: AdminContext, token: unknown): void {
  const secret = c.get('signedIn')?.token ?? readCookie(c, 'visit')
  if (secret === undefined || typeof token !== 'string' || !isFormToken(secret, token)) throw foreign()
}

type Claims = { readonly site: string | undefined; readonly origin: string | undefined }

/** Browsers too old for both headers are left to the token. */
function isOwn({ site, origin }: Claims, own: string): boolean {
  if (site !== undefined && site !== 'same-origin') return false
  return origin === undefined || origin === own
}

const foreign = (): AppError =>
  new AppError(
    'auth.forbidden',
    'This form did not come from this site, or it is too old. Go back, load the page again and send it once more.',
  )
