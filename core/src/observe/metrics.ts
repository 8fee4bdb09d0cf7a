/** What a process measures, under Postal's names and ours. One registry per process, made by a function. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { backlogMetrics, type ReadBacklog } from './backlog-metrics.ts'

export type Metrics = {
  readonly registry: Registry
  readonly smtp: ReturnType<typeof smtpMetrics>
  readonly worker: ReturnType<typeof workerMetrics>
  readonly intake: ReturnType<typeof intakeMetrics>
  readonly delivery: ReturnType<typeof deliveryMetrics>
  readonly webhooks: ReturnType<typeof webhookMetrics>
  readonly http: ReturnType<typeof httpMetrics>
}

/** Postal's, so that dashboards go on working. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Queue times reach from milliseconds to days. */
const LONG_BUCKETS = [0.01, 0.05, 0.25, 1, 5, 30, 120, 600, 3600, 14_400, 86_400]

/** `readBacklog` is asked at each scrape; without it the process exposes no backlog. */
export function createMetrics({ readBacklog }: { readonly readBacklog?: ReadBacklog } = {}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  if (readBacklog) backlogMetrics(registers, readBacklog)
  return {
    registry,
    smtp: smtpMetrics(registers),
    worker: workerMetrics(registers),
    intake: intakeMetrics(registers),
    delivery: deliveryMetrics(registers),
    webhooks: webhookMetrics(registers),
    http: httpMetrics(registers),
  }
}

type Registers = Registry[]

const smtpMetrics = (registers: Registers) => ({
  connections: new Counter({ name: 'postal_smtp_server_connections_total', help: 'Connections opened', registers }),
  tlsConnections: new Counter({ name: 'postal_smtp_server_tls_connections_total', help: 'TLS handshakes done', registers }),
  exceptions: new Counter({
    name: 'postal_smtp_server_exceptions_total',
    help: 'Faults of ours',
    labelNames: ['type', 'error'],
    registers,
  }),
  commands: new Counter({ name: 'postal_smtp_server_commands_total', help: 'Commands received', labelNames: ['command'], registers }),
  clientErrors: new Counter({ name: 'postal_smtp_server_client_errors', help: 'Faults of clients', labelNames: ['error'], registers }),
  messages: new Counter({
    name: 'postal_smtp_server_messages_total',
    help: 'Messages accepted, per recipient',
    labelNames: ['type', 'tls'],
    registers,
  }),
  open: new Gauge({ name: 'posthaste_smtp_server_connections_open', help: 'Connections open now', registers }),
})

const workerMetrics = (registers: Registers) => ({
  jobExecutions: new Counter({
    name: 'postal_worker_job_executions',
    help: 'Rounds of work that found something',
    labelNames: ['thread', 'job'],
    registers,
  }),
  jobRuntime: new Histogram({
    name: 'postal_worker_job_runtime',
    help: 'Seconds of each round of work',
    labelNames: ['thread', 'job'],
    buckets: BUCKETS,
    registers,
  }),
  errors: new Counter({ name: 'postal_worker_errors', help: 'Faults of ours', labelNames: ['error'], registers }),
  taskRuntime: new Histogram({
    name: 'postal_worker_task_runtime',
    help: 'Seconds of each task',
    labelNames: ['task'],
    buckets: BUCKETS,
    registers,
  }),
  queueLatency: new Histogram({
    name: 'postal_message_queue_latency',
    help: 'Seconds between acceptance and the first claim',
    buckets: BUCKETS,
    registers,
  }),
})

const intakeMetrics = (registers: Registers) => ({
  acceptLatency: new Histogram({
    name: 'posthaste_accept_seconds',
    help: 'Seconds from the last byte to the durable answer',
    labelNames: ['via'],
    buckets: BUCKETS,
    registers,
  }),
  messages: new Counter({
    name: 'posthaste_messages_accepted_total',
    help: 'Messages accepted, per recipient',
    labelNames: ['via', 'scope'],
    registers,
  }),
})

const deliveryMetrics = (registers: Registers) => ({
  deliveries: new Counter({ name: 'posthaste_deliveries_total', help: 'Deliveries by status', labelNames: ['status'], registers }),
  attemptSeconds: new Histogram({
    name: 'posthaste_delivery_attempt_seconds',
    help: 'Seconds of each attempt',
    labelNames: ['courier'],
    buckets: BUCKETS,
    registers,
  }),
  acceptToSent: new Histogram({
    name: 'posthaste_accept_to_sent_seconds',
    help: 'Seconds from acceptance to the remote 250',
    buckets: LONG_BUCKETS,
    registers,
  }),
  scans: new Counter({
    name: 'posthaste_scans_total',
    help: 'Mails shown to scanners: complete, incomplete because one did not answer, busy when too many waited',
    labelNames: ['result'],
    registers,
  }),
  connectionsOpen: new Gauge({ name: 'posthaste_smtp_client_connections_open', help: 'Outgoing connections open now', registers }),
})

const webhookMetrics = (registers: Registers) => ({
  requests: new Counter({
    name: 'posthaste_webhook_requests_total',
    help: 'Webhook requests by result',
    labelNames: ['result'],
    registers,
  }),
})

/** `route` is the pattern of the route, never the path: labels have few values. */
const httpMetrics = (registers: Registers) => ({
  requests: new Counter({
    name: 'posthaste_http_requests_total',
    help: 'Requests answered',
    labelNames: ['route', 'method', 'status'],
    registers,
  }),
  seconds: new Histogram({
    name: 'posthaste_http_request_seconds',
    help: 'Seconds of each request',
    labelNames: ['route'],
    buckets: BUCKETS,
    registers,
  }),
})
