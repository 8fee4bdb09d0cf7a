/** `/`, by which operators of Postal test that a tracking host arrives here, and `/health` for monitors. */
import { Hono } from 'hono'

export const healthRoutes = (): Hono => new Hono().get('/', (c) => c.text('Hello.')).get('/health', (c) => c.json({ status: 'ok' }))
