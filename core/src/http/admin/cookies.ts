/** The cookies of the interface. Over https their names bind them to this very host. RFC 6265bis §4.1.3.2 */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { AdminContext } from './deps.ts'

/** `session` proves who has signed in, `visit` ties the sign-in form to a browser, `theme` and `notice` are no secrets. */
export type CookieName = 'session' | 'visit' | 'theme' | 'notice'

const NAMES: Readonly<Record<CookieName, string>> = {
  session: 'posthaste',
  visit: 'posthaste-visit',
  theme: 'posthaste-theme',
  notice: 'posthaste-notice',
}

/** Behind plain http, as on a laptop, browsers refuse both the prefix and Secure. */
const isSecure = (c: AdminContext): boolean => c.get('client').scheme === 'https'
const nameOf = (c: AdminContext, name: CookieName): string => `${isSecure(c) ? '__Host-' : ''}${NAMES[name]}`

export const readCookie = (c: AdminContext, name: CookieName): string | undefined => getCookie(c, nameOf(c, name))

/** @param maxAgeSeconds until the browser is closed when absent */
export function writeCookie(c: AdminContext, name: CookieName, value: string, maxAgeSeconds?: number): void {
  setCookie(c, nameOf(c, name), value, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: isSecure(c),
    ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
  })
}

export const removeCookie = (c: AdminContext, name: CookieName): void => {
  deleteCookie(c, nameOf(c, name), { path: '/', secure: isSecure(c) })
}
