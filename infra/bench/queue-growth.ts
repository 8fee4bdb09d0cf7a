/** What delivering a message costs when there are a thousand, a hundred thousand and a million more in the queue. */
import type { Installation } from '@posthaste/test/support/installation/open.ts'
import { type Bench, type BenchOptions, scaled } from './bench.ts'
import { openBench } from './open.ts'
import { startSink } from './postfix.ts'
import { type BenchResult, compareLess } from './result.ts'
import { createRows } from './rows.ts'
import { untilAtMost } from './timing.ts'
import { cpuDuring, databasePid } from './usage.ts'

const SHORT = 1_000
const LONG = [100_000]
const LONGEST = 1_000_000
const DELIVERED = 5_000
const WARM_UP = 2_000
const TOP_UP = 500
/** Flat within a tenth. */
const GOAL = 0.9

export const queueGrowthBench: Bench = async (options) => {
  const short = await costAt(SHORT, options)
  const results: BenchResult[] = []
  for (const length of options.large ? [...LONG, LONGEST] : LONG) {
    const long = await costAt(scaled(length, options), options)
    const note =
      `CPU of worker and database for a message delivered while ${long.length} wait, topped up as they leave; the peer is a queue of ${SHORT}, ` +
      `the ratio short ÷ long. Worker ${long.worker.toFixed(2)} after ${short.worker.toFixed(2)}, database ${long.database.toFixed(2)} after ${short.database.toFixed(2)} ms`
    const [value, peerValue] = [long.worker + long.database, short.worker + short.database]
    results.push(
      compareLess({ name: `queue-growth ${length}`, value, unit: 'ms CPU', peer: `queue of ${SHORT}`, peerValue, goal: GOAL, note }),
    )
  }
  return results
}

type Cost = { readonly length: number; readonly worker: number; readonly database: number }

async function costAt(length: number, options: BenchOptions): Promise<Cost> {
  await using installation = await openBench(options)
  await using _sink = await startSink(installation.ports.mx)
  const rows = await createRows(installation)
  await rows.addQueued(length, new Date())
  const worker = await installation.start('worker')
  let wanted = 0
  const deliver = async (messages: number) => {
    for (let done = 0; done < messages; done += TOP_UP) {
      wanted += TOP_UP
      await untilAtMost(async () => wanted - (await sent(installation)), 0)
      await rows.addQueued(TOP_UP, new Date())
    }
  }
  await deliver(scaled(WARM_UP, options))
  const messages = Math.max(TOP_UP, scaled(DELIVERED, options))
  const [role = 0, database = 0] = await cpuDuring([worker.pid, await databasePid(installation.db)], () => deliver(messages))
  return { length, worker: role / messages, database: database / messages }
}

/** From the statistics, which have few rows: counting a long queue would cost more than what is measured. */
async function sent({ db }: Installation): Promise<number> {
  const [rows] = await db.$client.query('SELECT SUM(sent) AS sent FROM statistics')
  return Number((rows as unknown as { sent: string | null }[])[0]?.sent ?? 0) // as selected; the driver gives sums as text
}
