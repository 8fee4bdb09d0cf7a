/** What a balancer, a scraper and an operator learn from a role's health port. */
import { describe, expect, it } from 'vitest'
import { type HealthOptions, startHealthServer } from './health.ts'
import { createLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'

function newOptions(changed: Partial<HealthOptions> = {}) {
  const lines: string[] = []
  const log = createLogger({ level: 'info', role: 'smtp', clock: () => new Date(0), to: { write: (line) => void lines.push(line) } })
  const { registry } = createMetrics()
  const usual = {
    address: '127.0.0.1',
    port: 0,
    title: 'smtp (pid: 1, host: h)',
    checks: {},
    checkTimeoutMs: 200,
    notReady: () => null,
    registry,
    log,
  }
  return { options: { ...usual, ...changed }, lines }
}

async function ask(port: number | null, path: string, method = 'GET') {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') }
}

const away = () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3:3306'))
const hanging = () => new Promise<never>(() => undefined)

describe('/health', () => {
  it('says OK while everything that the role needs answers', async () => {
    await using server = await startHealthServer(newOptions({ checks: { database: async () => 'pong' } }).options)
    expect(await ask(server.port, '/health')).toEqual({ status: 200, text: 'OK', type: 'text/plain; charset=utf-8' })
  })

  it('names what does not answer, and leaves the reason to the log', async () => {
    const { options, lines } = newOptions({ checks: { database: away, resolver: async () => 'fine' } })
    await using server = await startHealthServer(options)
    expect(await ask(server.port, '/health')).toMatchObject({ status: 503, text: 'database is not available' })
    expect(lines.join()).toContain('10.1.2.3')
  })

  it('does not hang with what it asks', async () => {
    await using server = await startHealthServer(newOptions({ checks: { database: hanging } }).options)
    expect(await ask(server.port, '/health')).toMatchObject({ status: 503, text: 'database is not available' })
  })

  it('survives a check that throws before it waits', async () => {
    const broken = () => {
      throw new Error('broken')
    }
    await using server = await startHealthServer(newOptions({ checks: { database: broken } }).options)
    expect(await ask(server.port, '/health')).toMatchObject({ status: 503 })
  })
})

it('is not ready while draining, though healthy', async () => {
  await using server = await startHealthServer(newOptions({ notReady: () => 'draining' }).options)
  expect(await ask(server.port, '/ready')).toMatchObject({ status: 503, text: 'draining' })
  expect(await ask(server.port, '/health')).toMatchObject({ status: 200 })
})

it('is not ready without what it needs', async () => {
  await using server = await startHealthServer(newOptions({ checks: { database: away } }).options)
  expect(await ask(server.port, '/ready')).toMatchObject({ status: 503, text: 'database is not available' })
})

it('answers as Postal does on the other paths', async () => {
  const { options } = newOptions()
  await using server = await startHealthServer(options)
  expect(await ask(server.port, '/')).toMatchObject({ status: 200, text: 'smtp (pid: 1, host: h)' })
  expect(await ask(server.port, '/other?x=1')).toMatchObject({ status: 404, text: 'Not Found' })
  expect(await ask(server.port, '/health', 'POST')).toMatchObject({ status: 404 })
  expect(await ask(server.port, '/health', 'HEAD')).toMatchObject({ status: 200, text: '' })
  expect(await ask(server.port, '/metrics')).toMatchObject({
    status: 200,
    type: options.registry.contentType,
    text: expect.stringContaining('postal_smtp_server_connections_total 0'),
  })
})

it('lets the role go on when its port is taken, and says so', async () => {
  await using first = await startHealthServer(newOptions().options)
  const { options, lines } = newOptions({ port: first.port ?? 0 })
  await using second = await startHealthServer(options)
  expect(second.port).toBeNull()
  expect(lines.join()).toContain(`health server port (127.0.0.1:${first.port}) is already in use, not starting health server`)
})
