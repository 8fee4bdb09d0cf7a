/** `/`, by which operators of Postal test that a tracking host arrives here, and `/health` for monitors. */
import { Hono } from 'hono'
import { COMMON_HEADERS } from '../replies.ts'

export const healthRoutes = (): Hono =>
  new Hono().get('/', (c) => c.text('Hello.', 200, COMMON_HEADERS)).get('/health', (c) => c.json({ status: 'ok' }, 200, COMMON_HEADERS))
