/** Webhook deliveries a second from one worker to a receiver that answers at once. */
import { createWebhook } from '@posthaste/core/manage/webhooks.ts'
import type { Installation } from '@posthaste/test/support/installation/open.ts'
import { type Bench, type BenchOptions, scaled } from './bench.ts'
import { openBench } from './open.ts'
import { startReceiver } from './receiver.ts'
import { type BenchResult, compare } from './result.ts'
import { createRows, type IdRange } from './rows.ts'
import { untilAtMost } from './timing.ts'
import { cpuDuring, databasePid } from './usage.ts'

const EVENTS = 20_000
const WARM_UP = 2_000
const GOAL_PER_SECOND = 2_000

export const webhooksBench: Bench = async (options) => [
  await measure(options, { name: 'webhooks', postalSignatures: true, signed: 'by RSA, twice, and by secret' }),
  await measure(options, { name: 'webhooks-hmac', postalSignatures: false, signed: 'by secret alone' }),
]

type Case = { readonly name: string; readonly postalSignatures: boolean; readonly signed: string }

async function measure(options: BenchOptions, { name, postalSignatures, signed }: Case): Promise<BenchResult> {
  const [events, warmUp] = [scaled(EVENTS, options), scaled(WARM_UP, options)]
  await using receiver = await startReceiver({ skip: warmUp })
  await using installation = await openBench(options)
  const { manage, mailServerId } = installation
  await createWebhook(manage, { mailServerId, name: 'bench', url: receiver.url, postalSignatures })
  const rows = await createRows(installation)
  await addEvents(installation, await rows.addMessages({ count: events + warmUp, status: 'sent' }))
  const worker = await installation.start('worker')
  const left = (wanted: number) => async () => Math.max(0, wanted - (await receiver.counted()).requests)
  await untilAtMost(left(warmUp), 0)
  const pids = [worker.pid, await databasePid(installation.db)]
  const [cpu = 0, databaseCpu = 0] = await cpuDuring(pids, () => untilAtMost(left(warmUp + events), 0))
  const { requests, firstAt, lastAt } = await receiver.counted()
  const value = ((requests - warmUp) * 1_000) / (lastAt - firstAt)
  const note =
    `one worker, one webhook, one event a message, drawn from the event log, signed ${signed}, and recorded; the peer is the goal as a ` +
    `rate. ${events} deliveries, ${requests - warmUp - events} of them repeated; CPU ms each: worker ${(cpu / events).toFixed(2)}, database ${(databaseCpu / events).toFixed(2)}`
  return compare({ name, value, unit: 'deliveries/s', peer: 'goal', peerValue: GOAL_PER_SECOND, goal: 1, note })
}

/** What delivering these messages would have written. */
async function addEvents({ db, mailServerId }: Installation, { first, count }: IdRange): Promise<void> {
  const facts = {
    status: 'Sent',
    details: 'Accepted by mx.receiver.test',
    output: '250 2.0.0 Ok',
    sentWithTls: false,
    time: 0.1,
    deliveryId: 1,
  }
  await db.$client.query(
    `INSERT INTO events (id, mail_server_id, message_id, sequence, kind, at, data)
     SELECT ? + seq, ?, ? + seq, 1, 'sent', ?, ? FROM seq_1_to_${count}`,
    [first - 1, mailServerId, first - 1, new Date(), JSON.stringify(facts)],
  )
  await db.$client.query('UPDATE messages SET event_sequence = 1')
  await db.$client.query('INSERT INTO event_outbox (event_id) SELECT id FROM events')
}
