/** Light or dark, kept in a cookie of this browser. */
import { Hono } from 'hono'
import { fieldOf } from '../act.ts'
import { removeCookie, writeCookie } from '../cookies.ts'
import { type AdminEnv, originOf } from '../deps.ts'
import { safeReturnTo } from '../return-to.ts'

const YEAR_SECONDS = 365 * 86_400

export const appearanceRoutes = (): Hono<AdminEnv> =>
  new Hono<AdminEnv>().post('/appearance', async (c) => {
    const theme = await fieldOf(c, 'theme')
    if (theme === 'light' || theme === 'dark') writeCookie(c, 'theme', theme, YEAR_SECONDS)
    else removeCookie(c, 'theme')
    return c.redirect(safeReturnTo(await fieldOf(c, 'return_to'), originOf(c)), 303)
  })
