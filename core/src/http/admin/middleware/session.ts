/** Finds out who has signed in, and sends everybody else to the sign-in page. */
import { createMiddleware } from 'hono/factory'
import { sessionByToken } from '../../../manage/sessions.ts'
import { readCookie, removeCookie } from '../cookies.ts'
import type { AdminDeps, AdminEnv, Theme } from '../deps.ts'
import { isNoticeCode } from '../ui/notices.ts'

export const readVisitor = ({ manage }: Pick<AdminDeps, 'manage'>) =>
  createMiddleware<AdminEnv>(async (c, next) => {
    const notice = readCookie(c, 'notice')
    c.set('theme', themeOf(readCookie(c, 'theme')))
    c.set('notice', notice !== undefined && isNoticeCode(notice) ? notice : null)
    c.set('signedIn', null)
    const token = readCookie(c, 'session')
    const found = token === undefined ? undefined : await sessionByToken(manage, token)
    if (token !== undefined && found) c.set('signedIn', { token, ...found })
    await next()
    const shown = c.req.method === 'GET' && c.res.headers.get('content-type')?.startsWith('text/html')
    if (notice !== undefined && shown) removeCookie(c, 'notice')
  })

const themeOf = (value: string | undefined): Theme => (value === 'light' || value === 'dark' ? value : 'system')

/** A form whose session has ended cannot be sent again by itself: its visitor comes back to the start page. */
export const requireSession = createMiddleware<AdminEnv>(async (c, next) => {
  if (c.get('signedIn')) return next()
  const { pathname, search } = new URL(c.req.url)
  const wish = c.req.method === 'GET' && pathname !== '/' ? `?return_to=${encodeURIComponent(pathname + search)}` : ''
  return c.redirect(`/login${wish}`, 303)
})
