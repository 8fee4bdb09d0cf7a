/** Pages of the message list as the number of messages grows. */
import { parseMessageSearch } from '@posthaste/core/domain/message-search.ts'
import { type SearchedPage, searchMessages } from '@posthaste/core/store/message-search.ts'
import type { Installation } from '@posthaste/test/support/installation/open.ts'
import { type Bench, scaled } from './bench.ts'
import { openBench } from './open.ts'
import { type BenchResult, compareLess } from './result.ts'
import { createRows, type IdRange } from './rows.ts'
import { percentile } from './timing.ts'

const ROWS = 300_000
const ROWS_LARGE = 10_000_000
/** The part of them that is there at the first measurement. */
const FEW = 0.1
const LIMIT_MS = 100
const PAGE_ROWS = 50
const ASKED = 100

type Question = Pick<SearchedPage, 'search' | 'cursor'>
type Asker = (messages: IdRange, n: number) => Question

const everything = searchFor('')

const QUESTIONS: Readonly<Record<string, Asker>> = {
  'first page': () => ({ search: everything }),
  'later page': ({ first, count }, n) => ({ search: everything, cursor: { direction: 'next', id: placed(first, count, n) } }),
  'by recipient': ({ first, count }, n) => ({ search: searchFor(`to: rcpt${placed(first, count, n) - first + 1}@receiver.test`) }),
  'by nobody': (_, n) => ({ search: searchFor(`to: nobody${n}@receiver.test`) }),
}

export const messageListBench: Bench = async (options) => {
  await using installation = await openBench(options)
  const rows = await createRows(installation)
  const all = scaled(options.large ? ROWS_LARGE : ROWS, options)
  const few = Math.ceil(all * FEW)
  const { first } = await rows.addMessages({ count: few, status: 'sent' })
  const before = await measure(installation, { first, count: few })
  await rows.addMessages({ count: all - few, status: 'sent' })
  const after = await measure(installation, { first, count: all })
  return Object.keys(QUESTIONS).map((name): BenchResult => {
    const value = after[name] ?? 0
    const note =
      `p99 of ${ASKED} queries with their rows read, without the page around them, with ${all} messages; ${(before[name] ?? 0).toFixed(1)} ms with ${few}; ` +
      `the peer is the limit, the ratio limit ÷ ours${options.large ? '' : '; the goal is for 10 million: --large'}`
    return compareLess({ name: `message-list ${name}`, value, unit: 'ms', peer: 'limit', peerValue: LIMIT_MS, goal: 1, note })
  })
}

/** p99 of each question, in milliseconds. */
async function measure({ db, mailServerId }: Installation, messages: IdRange): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const [name, ask] of Object.entries(QUESTIONS)) {
    const took: number[] = []
    for (let n = 0; n < ASKED; n += 1) {
      const start = performance.now()
      await searchMessages(db, { mailServerId, limit: PAGE_ROWS, ...ask(messages, n) })
      took.push(performance.now() - start)
    }
    found[name] = percentile(took, 0.99)
  }
  return found
}

/** Spread over all of them, the same in every run. */
function placed(first: number, count: number, n: number): number {
  return first + Math.floor((count * (n + 0.5)) / ASKED)
}

function searchFor(text: string) {
  return parseMessageSearch(text, { timeZone: 'UTC', now: new Date(0) }).search
}
