/** Signing in and out. `/login` and `/logout` are where Postal has them. */
import { Hono } from 'hono'
import { AppError } from '../../../domain/errors.ts'
import { signIn, signOut } from '../../../manage/sessions.ts'
import { done, fieldOf } from '../act.ts'
import { readCookie, removeCookie, writeCookie } from '../cookies.ts'
import { type AdminContext, type AdminDeps, type AdminEnv, originOf } from '../deps.ts'
import { safeReturnTo } from '../return-to.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { viewOf } from '../ui/view.ts'
import { SignInPage } from './form.tsx'

const VISIT_BYTES = 32
const REMEMBERED_SECONDS = 60 * 86_400

export function sessionRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .get('/login', (c) => {
      const returnTo = safeReturnTo(c.req.query('return_to'), originOf(c))
      return c.get('signedIn') ? c.redirect(returnTo, 303) : ask(c, deps, { returnTo })
    })
    .post('/login', (c) => open(c, deps))
    .post('/logout', (c) => close(c, deps))
}

type Asked = { readonly returnTo: string; readonly emailAddress?: string; readonly mistake?: Mistake }

function ask(c: AdminContext, deps: AdminDeps, asked: Asked, status: 200 | 422 | 429 = 200): Response | Promise<Response> {
  return send(c, <SignInPage view={viewOf(c, deps, visitOf(c, deps))} {...asked} />, status)
}

/** The secret of this browser, before anybody has signed in. */
function visitOf(c: AdminContext, { manage }: AdminDeps): string {
  const known = readCookie(c, 'visit')
  if (known !== undefined && known.length >= VISIT_BYTES) return known
  const fresh = Buffer.from(manage.randomBytes(VISIT_BYTES)).toString('base64url')
  writeCookie(c, 'visit', fresh)
  return fresh
}

/** Who signs in again gets a new session, and the old one ends: no token outlives a change of who is behind it. */
async function open(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const ipAddress = c.get('client').address
  const returnTo = safeReturnTo(await fieldOf(c, 'return_to'), originOf(c))
  const emailAddress = (await fieldOf(c, 'email_address')).slice(0, 320)
  const remember = (await fieldOf(c, 'remember')) === 'yes'
  try {
    const password = await fieldOf(c, 'password')
    const { token } = await signIn(deps.manage, {
      emailAddress,
      password,
      remember,
      ipAddress,
      userAgent: c.req.header('user-agent') ?? '',
    })
    const former = c.get('signedIn')
    if (former) await signOut(deps.manage, { token: former.token, ipAddress })
    writeCookie(c, 'session', token, remember ? REMEMBERED_SECONDS : undefined)
    removeCookie(c, 'visit')
    return c.redirect(returnTo, 303)
  } catch (fault) {
    if (!(fault instanceof AppError) || (fault.code !== 'auth.invalid' && fault.code !== 'auth.throttled')) throw fault
    const mistake = { field: undefined, message: fault.message }
    return ask(c, deps, { returnTo, emailAddress, mistake }, fault.code === 'auth.throttled' ? 429 : 422)
  }
}

async function close(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const former = c.get('signedIn')
  if (former) await signOut(deps.manage, { token: former.token, ipAddress: c.get('client').address })
  removeCookie(c, 'session')
  return done(c, 'session.ended', '/login')
}
