/** Real scanners that stop and go on: mail does not wait for them, or waits as configured, and is judged again as soon as they answer. */
import { createClamav } from '@posthaste/core/net/inspectors/clamav.ts'
import { createRspamd } from '@posthaste/core/net/inspectors/rspamd.ts'
import { createSpamd } from '@posthaste/core/net/inspectors/spamd.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { addRoute, arrive, CLIENT_MAIL } from '@posthaste/test/support/incoming-mail.ts'
import type { IncomingSetting } from '@posthaste/test/support/incoming-parts.ts'
import { makeDue } from '@posthaste/test/support/make-due.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CLAMD, EICAR, GTUBE, RSPAMD, type RunningScanner, SPAMD, startClamd, startRspamd, startSpamd } from './scanner-programs.ts'

/** More than it takes for a scanner to be given up; spamd looks at each once it goes on, though nobody waits for it any more. */
const MAILS = 12
const HANGS_MS = 1_500
const ANSWERS_MS = 12_000
/** Of a scanner that was given up. */
const REST_MS = 10_000
const NOT_INSPECTED = '(It was not inspected, because a scanner did not answer.)'

type Scanners = NonNullable<IncomingSetting['scanners']>
type Kind = {
  readonly name: string
  readonly installed: boolean
  readonly start: () => Promise<RunningScanner>
  readonly ask: (at: { readonly host: string; readonly port: number; readonly timeoutMs: number }) => Scanners
  readonly bad: string
}

const KINDS: readonly Kind[] = [
  { name: 'spamd', installed: SPAMD, start: startSpamd, ask: (at) => ({ spam: createSpamd(at) }), bad: GTUBE },
  {
    name: 'rspamd',
    installed: RSPAMD,
    start: startRspamd,
    ask: (at) => ({ spam: createRspamd({ ...at, tls: false, password: null, flags: null }) }),
    bad: GTUBE,
  },
  { name: 'clamd', installed: CLAMD, start: startClamd, ask: (at) => ({ virus: createClamav(at) }), bad: EICAR },
]

describe.each(KINDS.filter(({ installed }) => installed))('$name', ({ start, ask, bad }) => {
  let scanner: RunningScanner
  let database: TestDatabase
  let dns: DnsServer
  let engine: Engine
  /** The machine may be slow to judge; a scanner that is stopped need not be waited for that long. */
  let timeoutMs: number
  let passedMs: number

  beforeAll(async () => {
    scanner = await start()
  }, 300_000)
  afterAll(() => scanner[Symbol.asyncDispose]())
  beforeEach(async () => {
    ;[timeoutMs, passedMs] = [ANSWERS_MS, 0]
    database = await createTestDatabase()
    await seedSender(database.db)
    dns = await startDnsServer({ zone: {} })
    await addRoute(database.db, { mode: 'accept' })
    await database.db.$client.query("UPDATE mail_servers SET spam_failure_threshold = 10, virus_mode = 'fail' WHERE id = 1")
  })
  afterEach(async () => {
    scanner.signal('SIGCONT')
    for (const one of [engine, dns, database]) await one[Symbol.asyncDispose]()
  })

  async function startWith(outage: 'accept' | 'defer'): Promise<void> {
    const asking: Required<Scanners> = {
      spam: (scanned) => ask({ host: '127.0.0.1', port: scanner.port, timeoutMs }).spam?.(scanned) ?? Promise.reject(new Error('none')),
      virus: (raw) => ask({ host: '127.0.0.1', port: scanner.port, timeoutMs }).virus?.(raw) ?? Promise.reject(new Error('none')),
    }
    const scanners = ask({ host: '', port: 0, timeoutMs: 0 }).spam ? { spam: asking.spam } : { virus: asking.virus }
    const clock = () => new Date(Date.now() + passedMs)
    engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: 25, clock, incoming: { scanners, outage } })
    engine.work()
  }

  const bring = async (): Promise<number> => (await arrive(engine, { raw: CLIENT_MAIL.replace('Hello', bad) })).id
  const details = async (id: number) => (await engine.deliveries(id)).map((one) => one.details)

  function hang(): void {
    timeoutMs = HANGS_MS
    scanner.signal('SIGSTOP')
  }

  function goOn(): void {
    timeoutMs = ANSWERS_MS
    scanner.signal('SIGCONT')
    passedMs += 2 * REST_MS // it is asked again once it has rested
  }

  /** Ten failures in a row, and nobody asks for a while: the next hears so at once. */
  async function expectGivenUp(status: 'processed' | 'soft_failed'): Promise<void> {
    const started = Date.now()
    await engine.untilStatus(await bring(), status)
    expect(Date.now() - started).toBeLessThan(HANGS_MS)
  }

  it('that hangs and goes on lets mail through unjudged meanwhile, and judges again', async () => {
    await startWith('accept')
    await engine.untilStatus(await bring(), 'hard_failed')
    hang()
    const ids = await Promise.all(Array.from({ length: MAILS }, bring))
    for (const id of ids) await engine.untilStatus(id, 'processed')
    for (const id of ids) expect((await details(id)).at(-1)).toContain(NOT_INSPECTED)
    await expectGivenUp('processed')
    goOn()
    await until(
      async () => {
        const { status, id } = await engine.untilStatus(await bring(), 'hard_failed', 'processed')
        passedMs += REST_MS
        return status === 'hard_failed' && !(await details(id)).some((said) => said.includes(NOT_INSPECTED))
      },
      { what: 'mail to be judged again', timeoutMs: 60_000 },
    )
  }, 120_000)

  it('that hangs and goes on has mail wait for it, and judges all of it', async () => {
    await startWith('defer')
    await engine.untilStatus(await bring(), 'hard_failed')
    hang()
    const ids = await Promise.all(Array.from({ length: MAILS }, bring))
    for (const id of ids) await engine.untilStatus(id, 'soft_failed')
    await expectGivenUp('soft_failed')
    goOn()
    // The first is its probe, the others hear meanwhile that it is away.
    await until(
      async () => {
        passedMs += 1_000
        await makeDue(database.db, { where: "state = 'ready'" })
        const [rows] = await database.db.$client.query("SELECT COUNT(*) AS waiting FROM messages WHERE status <> 'hard_failed'")
        return (rows as unknown as { waiting: number }[])[0]?.waiting === 0 // as selected
      },
      { what: 'all mail to be judged', timeoutMs: 60_000 },
    )
    for (const id of ids) expect(await details(id)).toHaveLength(2)
    expect(engine.faults).toEqual([])
  }, 120_000)
})
