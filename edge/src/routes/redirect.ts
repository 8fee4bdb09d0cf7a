/** `/r/{token}`: a signed redirect that an application asked for, outside of any tracked mail. */
import type { Hono } from 'hono'
import type { Tracker } from '../tracker.ts'
import { leadOn } from './lead-on.ts'

export const redirectRoutes = (tracker: Tracker): Hono => leadOn(tracker, 'redirect')
