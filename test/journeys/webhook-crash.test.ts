/** Ten thousand events while workers are killed, the receiver vanishes and the database restarts: all arrive, in the order of their message. */

import { fileURLToPath } from 'node:url'
import { createIds } from '@posthaste/core/domain/ids.ts'
import { type Database, openDatabase } from '@posthaste/core/store/database.ts'
import { migrate } from '@posthaste/core/store/migrate.ts'
import { seedSender } from '@posthaste/test/support/engine.ts'
import { makeDue } from '@posthaste/test/support/make-due.ts'
import { type Mariadb, startMariadb } from '@posthaste/test/support/mariadb.ts'
import { type RunningProcess, startProcess } from '@posthaste/test/support/processes.ts'
import { until } from '@posthaste/test/support/until.ts'
import { newEvent, record, seedMessages, seedWebhook } from '@posthaste/test/support/webhook-engine.ts'
import { startWebhookReceiver, type WebhookRequest } from '@posthaste/test/support/webhook-receiver.ts'
import { expect, it } from 'vitest'

const WORKER = fileURLToPath(new URL('../support/webhook-worker.ts', import.meta.url))
const MESSAGES = 1_000
const ROUNDS = 10
const TIMEOUT_MS = 240_000

const startWorker = async ({ socketPath }: Mariadb): Promise<RunningProcess> => {
  const worker = await startProcess(process.execPath, [WORKER, socketPath, 'posthaste'], { name: 'webhook worker' })
  await worker.line(/working/)
  return worker
}

type Told = { readonly uuid: string; readonly sequence: number; readonly payload: { readonly message: { readonly id: number } } }

/** Per message its numbers as first taken, and how many requests were repeats. */
function judge(requests: readonly WebhookRequest[]) {
  const orders = new Map<number, number[]>()
  const seen = new Set<string>()
  for (const request of requests) {
    const { uuid, sequence, payload } = request.json() as Told // as we send it
    if (seen.has(uuid)) continue
    seen.add(uuid)
    orders.set(payload.message.id, [...(orders.get(payload.message.id) ?? []), sequence])
  }
  return { orders, repeats: requests.length - seen.size }
}

/** Writes events for as long as there are some, whatever happens to the database meanwhile. */
async function recordAll(db: Database, newId: () => number, messageIds: readonly number[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const events = messageIds.map((id) => newEvent(newId(), id))
    for (let from = 0; from < events.length; from += 200) {
      await until(
        async () =>
          record(db, events.slice(from, from + 200)).then(
            () => true,
            (fault) => String(fault).includes('Duplicate'),
          ),
        {
          what: 'the database to take events',
          timeoutMs: 30_000,
        },
      )
    }
  }
}

it('loses nothing and keeps the order', { timeout: TIMEOUT_MS }, async () => {
  await using mariadb = await startMariadb({ durable: true })
  const options = { address: { socketPath: mariadb.socketPath }, user: 'root', database: 'posthaste', connectionsMax: 4 }
  await migrate(options, new Date())
  const db = openDatabase(options)
  await using _closed = db
  await seedSender(db)
  let receiver = await startWebhookReceiver()
  const { port, url } = receiver
  const received: WebhookRequest[] = []
  await seedWebhook(db, { id: 5, url, postalSignatures: false }) // RSA would be most of the time, and is not the subject

  const newId = createIds({ node: 60, clock: () => new Date() })
  const messageIds = await seedMessages(db, newId, MESSAGES)
  await using first = await startWorker(mariadb)
  const recording = recordAll(db, newId, messageIds)

  await receiver.received(1_000, 30_000)
  await first.kill()
  await using second = await startWorker(mariadb)
  await receiver.received(3_000, 60_000)
  received.push(...receiver.requests)
  await receiver[Symbol.asyncDispose]()
  receiver = await startWebhookReceiver({ port })
  await mariadb.kill()
  await mariadb.restart()
  await recording
  await second.kill()
  await using _third = await startWorker(mariadb)
  const hurry = async () => {
    // Two minutes until a retry are right for a receiver and long for a test.
    await makeDue(db, { table: 'webhook_requests', where: "state = 'ready' AND attempts > 0" })
    const [rows] = await db.$client.query(
      "SELECT (SELECT COUNT(*) FROM event_outbox) + (SELECT COUNT(*) FROM webhook_requests WHERE state <> 'delivered') AS n",
    )
    return Number((rows as unknown as { n: number }[])[0]?.n) === 0 // as selected
  }
  await until(hurry, { what: 'everything to be delivered', timeoutMs: 120_000 })
  received.push(...receiver.requests)
  await receiver[Symbol.asyncDispose]()

  const { orders, repeats } = judge(received)
  process.stdout.write(`${received.length} requests for ${MESSAGES * ROUNDS} events: ${repeats} repeats\n`)
  const inOrder = Array.from({ length: ROUNDS }, (_, n) => n + 1)
  expect(orders.size).toBe(MESSAGES)
  for (const order of orders.values()) expect(order).toEqual(inOrder)
})
