/** `/c/{token}`: a link in a mail was followed. */
import type { Hono } from 'hono'
import type { Tracker } from '../tracker.ts'
import { leadOn } from './lead-on.ts'

export const clickRoutes = (tracker: Tracker): Hono => leadOn(tracker, 'click')
