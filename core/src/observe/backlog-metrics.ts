/** Gauges of what waits in the database, read at each scrape. */
import { Gauge, type Registry } from 'prom-client'

export type Backlog = {
  /** Queue entries by state. */
  readonly queueDepth: Readonly<Record<string, number>>
  /** Of the oldest entry that is due and not claimed; 0 when there is none. */
  readonly oldestDueSeconds: number
  readonly webhookBacklog: number
}

export type ReadBacklog = () => Promise<Backlog>

/** With the database away the rest of the scrape is worth more than ever and an old number would be a lie: the gauges say NaN. */
export function backlogMetrics(registers: Registry[], readBacklog: ReadBacklog): void {
  const read = shared(() => readBacklog().catch(() => undefined))
  const gauge = (name: string, help: string, show: (gauge: Gauge, backlog: Backlog | undefined) => void, labelNames: string[] = []) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        const backlog = await read()
        this.reset()
        show(this, backlog)
      },
    })

  gauge('posthaste_backlog_readable', 'Whether this scrape could read the backlog', (shown, backlog) => shown.set(backlog ? 1 : 0))
  gauge('posthaste_queue_depth', 'Queue entries by state', showDepth, ['state'])
  gauge('posthaste_queue_oldest_due_seconds', 'Age of the oldest entry that is due', (shown, backlog) =>
    shown.set(backlog?.oldestDueSeconds ?? Number.NaN),
  )
  gauge('posthaste_webhook_backlog', 'Webhook requests waiting', (shown, backlog) => shown.set(backlog?.webhookBacklog ?? Number.NaN))
}

function showDepth(gauge: Gauge, backlog: Backlog | undefined): void {
  for (const [state, count] of Object.entries(backlog?.queueDepth ?? {})) gauge.set({ state }, count)
}

/** The gauges of one scrape ask at the same time: they share one answer. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined
    })
    return asked
  }
}
