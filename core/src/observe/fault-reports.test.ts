/** What leaves the machine when something of ours breaks. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { createFaultReports } from './fault-reports.ts'

const options = {
  role: 'worker',
  release: '1.2.3',
  source: 'host-1',
  clock: () => new Date('2030-01-01T00:00:00Z'),
  newEventId: () => 'a'.repeat(32),
}

async function startReceiver() {
  const received: { url: string | undefined; auth: unknown; body: string }[] = []
  const server = createServer(async (request, response) => {
    received.push({ url: request.url, auth: request.headers['x-sentry-auth'], body: await text(request) })
    response.end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return { received, dsn: `http://public@127.0.0.1:${port}/sub/42`, [Symbol.dispose]: () => void server.close() }
}

it('reports a fault with its causes and ids, and without the values it happened with', async () => {
  using receiver = await startReceiver()
  const reports = createFaultReports({ ...options, dsn: receiver.dsn })
  const cause = Object.assign(new TypeError('broken'), { sql: 'hunter2' })
  reports.report(new Error('Failed query: insert\nparams: hunter2', { cause }), { mailServerId: 7 })
  await reports[Symbol.asyncDispose]()

  const [{ url, auth, body } = { url: '', auth: '', body: '' }] = receiver.received
  expect(url).toBe('/sub/api/42/envelope/')
  expect(auth).toContain('sentry_key=public')
  expect(body).not.toContain('hunter2')
  const [, , event] = body.split('\n').map((line) => JSON.parse(line))
  expect(event).toMatchObject({
    tags: { role: 'worker', mailServerId: 7 },
    release: '1.2.3',
    server_name: 'host-1',
    timestamp: 1_893_456_000,
  })
  expect(event.exception.values.map(({ type, value }: { type: string; value: string }) => [type, value])).toEqual([
    ['TypeError', 'broken'],
    ['Error', 'Failed query: insert'],
  ])
  expect(event.exception.values[1].stacktrace.frames.at(-1).filename).toContain('fault-reports.test.ts')
})

it('goes on when nobody takes the reports, and does not pile them up', async () => {
  const reports = createFaultReports({ ...options, dsn: 'http://public@127.0.0.1:9/1' })
  for (let count = 0; count < 100; count += 1) reports.report(new Error('storm'))
  await expect(reports[Symbol.asyncDispose]()).resolves.toBeUndefined()
})
