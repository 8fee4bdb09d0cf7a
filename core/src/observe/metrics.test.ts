/** The names that dashboards rely on, and what a scrape says when the database is away. */
import { expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

const POSTAL_NAMES = [
  'postal_smtp_server_connections_total',
  'postal_smtp_server_tls_connections_total',
  'postal_smtp_server_exceptions_total',
  'postal_smtp_server_commands_total',
  'postal_smtp_server_client_errors',
  'postal_smtp_server_messages_total',
  'postal_worker_job_executions',
  'postal_worker_job_runtime',
  'postal_worker_errors',
  'postal_worker_task_runtime',
  'postal_message_queue_latency',
]

it("has all of Postal's metrics under their names", async () => {
  const text = await createMetrics().registry.metrics()
  for (const name of POSTAL_NAMES) expect(text).toContain(`# TYPE ${name} `)
})

it('counts apart in each process that is made', async () => {
  const [first, second] = [createMetrics(), createMetrics()]
  first.delivery.deliveries.inc({ status: 'sent' })
  expect(await first.registry.metrics()).toContain('posthaste_deliveries_total{status="sent"} 1')
  expect(await second.registry.metrics()).not.toContain('status="sent"')
})

it('reads the backlog once and anew at each scrape', async () => {
  let reads = 0
  const readBacklog = async () => {
    reads += 1
    return { queueDepth: { ready: 5 + reads, sending: 1 }, oldestDueSeconds: 40 + reads, webhookBacklog: 7 + reads }
  }
  const { registry } = createMetrics({ readBacklog })
  for (const scrape of [1, 2]) {
    const text = await registry.metrics()
    expect(text).toContain(`posthaste_queue_depth{state="ready"} ${5 + scrape}`)
    expect(text).toContain(`posthaste_queue_oldest_due_seconds ${40 + scrape}`)
    expect(text).toContain(`posthaste_webhook_backlog ${7 + scrape}`)
    expect(text).toContain('posthaste_backlog_readable 1')
  }
})

it('shows the other metrics and no old backlog while the database is away', async () => {
  let away = false
  const readBacklog = async () => {
    if (away) throw new Error('away')
    return { queueDepth: { ready: 5 }, oldestDueSeconds: 42, webhookBacklog: 7 }
  }
  const { registry } = createMetrics({ readBacklog })
  await registry.metrics()
  away = true
  const text = await registry.metrics()
  expect(text).not.toContain('posthaste_queue_depth{')
  expect(text).toContain('posthaste_webhook_backlog Nan')
  expect(text).toContain('posthaste_backlog_readable 0')
  expect(text).toContain('postal_smtp_server_connections_total 0')
})
