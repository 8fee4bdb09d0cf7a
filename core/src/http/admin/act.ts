/** What routes do for whoever has signed in: verbs with an actor, forms as text, and the way back. */
import { AppError } from '../../domain/errors.ts'
import type { Actor, Manage } from '../../manage/context.ts'
import { writeCookie } from './cookies.ts'
import type { AdminContext, AdminDeps, SignedIn } from './deps.ts'
import type { Mistake } from './ui/form.tsx'
import type { NoticeCode } from './ui/notices.ts'

const NOTICE_SECONDS = 60

export function signedIn(c: AdminContext): SignedIn {
  const found = c.get('signedIn')
  if (!found) throw new AppError('auth.required', 'Please sign in.')
  return found
}

/** The verbs' context with the visitor as its actor. */
export function manageAs(c: AdminContext, { manage }: AdminDeps): Manage {
  const { user } = signedIn(c)
  const actor: Actor = { type: 'user', id: user.id, operator: user.admin, ipAddress: c.get('client').address }
  return { ...manage, actor }
}

/** To a page that says what has been done. 303: the page is fetched, the form not sent again (RFC 9110 §15.4.4). */
export function done(c: AdminContext, notice: NoticeCode, to: string): Response {
  writeCookie(c, 'notice', notice, NOTICE_SECONDS)
  return c.redirect(to, 303)
}

/** A text field of the form that was sent; empty when it is not there. */
export async function fieldOf(c: AdminContext, name: string): Promise<string> {
  const value = (await c.req.formData()).get(name)
  return typeof value === 'string' ? value : ''
}

export async function fieldsOf(c: AdminContext, name: string): Promise<string[]> {
  return (await c.req.formData()).getAll(name).filter((value) => typeof value === 'string')
}

const FORM_MISTAKES = new Set([
  'input.invalid',
  'domain.taken',
  'endpoint.taken',
  'route.taken',
  'domain.unproven',
  'domain.not_verified',
  'credential.taken',
  'tracking_domain.taken',
  'ip_pool.taken',
  'ip_pool.in_use',
  'ip_address.taken',
])

/** A refusal that the visitor can correct in the form; everything else goes on as it came. */
export function mistakeOf(fault: unknown): Mistake {
  if (fault instanceof AppError && FORM_MISTAKES.has(fault.code)) return { field: fault.field, message: fault.message }
  throw fault
}
