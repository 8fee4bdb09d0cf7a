/** What every page is given besides its own data. */
import { readCookie } from '../cookies.ts'
import type { AdminContext, AdminDeps, SignedIn, Theme } from '../deps.ts'
import { makeFormToken } from '../form-token.ts'
import type { NoticeCode } from './notices.ts'

export type Visitor = { readonly name: string; readonly emailAddress: string; readonly operator: boolean }

export type View = {
  readonly nonce: string
  readonly styleUrl: string
  readonly scriptUrl: string
  readonly theme: Theme
  readonly notice: NoticeCode | null
  readonly formToken: string
  /** Path and query of this page. */
  readonly here: string
  readonly visitor: Visitor | null
  readonly timeZone: string
  readonly now: Date
  readonly version: string
}

/** @param visit the secret that form tokens are made from while nobody has signed in */
export function viewOf(c: AdminContext, { manage, version }: AdminDeps, visit?: string): View {
  const signedIn = c.get('signedIn')
  const { styleUrl, scriptUrl } = c.get('assets')
  const { pathname, search } = new URL(c.req.url)
  const secret = signedIn?.token ?? visit ?? readCookie(c, 'visit') ?? ''
  return {
    nonce: c.get('nonce'),
    styleUrl,
    scriptUrl,
    theme: c.get('theme'),
    notice: c.get('notice'),
    formToken: makeFormToken(secret, manage.randomBytes),
    here: pathname + search,
    visitor: signedIn && visitorOf(signedIn.user),
    timeZone: signedIn?.user.timeZone ?? 'UTC',
    now: manage.clock(),
    version,
  }
}

const visitorOf = ({ firstName, lastName, emailAddress, admin }: SignedIn['user']): Visitor => ({
  name: `${firstName} ${lastName}`.trim() || emailAddress,
  emailAddress,
  operator: admin,
})
