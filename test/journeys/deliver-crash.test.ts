/**
 * Kills workers at random moments under load, then balances the books: everything accepted is sent, failed, held or still queued,
 * and what arrived twice is labelled. Seconds in a build, minutes by hand: `CRASH_SECONDS=180`.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTestDatabase } from '@posthaste/test/support/database.ts'
import { startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { makeDue } from '@posthaste/test/support/make-due.ts'
import { type RunningProcess, startProcess } from '@posthaste/test/support/processes.ts'
import { startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import type { Script } from '@posthaste/test/support/smtp-script.ts'
import { until } from '@posthaste/test/support/until.ts'
import { expect, it } from 'vitest'

const KILLING_MS = Number(process.env.CRASH_SECONDS ?? 12) * 1_000
const WORKERS = 2
const MESSAGES_PER_SECOND = 60
const DRAIN_MS = 240_000
const WORKING = /^working (\d+)$/
const PROGRAM = fileURLToPath(new URL('../support/worker-program.ts', import.meta.url))

/** Takes most mail after a while, puts some off, refuses some. */
const script: Script = {
  rcpt: ({ line }) => (/later/.test(line) ? '451 4.3.0 not now' : /never/.test(line) ? '550 5.7.1 refused by policy' : undefined),
  content: () => ({ stallMs: Math.random() * 60, reply: '250 2.0.0 kept' }),
}

const addressFor = (n: number): string => `${n % 20 === 7 ? 'later' : n % 20 === 13 ? 'never' : 'user'}${n}@receiver.test`

it(
  'loses nothing and labels what is doubled, whenever workers are killed',
  async () => {
    await using database = await createTestDatabase()
    await seedSender(database.db)
    await using dns = await startDnsServer({
      zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } },
    })
    await using receiver = await startScriptedReceiver({ script, features: ['8BITMIME'] })
    const start = () =>
      startProcess(process.execPath, [PROGRAM, JSON.stringify({ database: database.options, dns: dns.address, smtpPort: receiver.port })], {
        name: 'worker',
      })
    const query = async <T>(sql: string): Promise<T[]> => {
      const [rows] = await database.db.$client.query(sql)
      return rows as unknown as T[] // as selected
    }

    // Accepts in this process, which stays alive; only workers die.
    await using sender = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port })
    const workers: RunningProcess[] = await Promise.all(Array.from({ length: WORKERS }, start))
    const end = performance.now() + KILLING_MS
    let accepted = 0
    let kills = 0
    const acceptAll = async () => {
      for (; performance.now() < end; await wait(1_000)) {
        const batch = Array.from({ length: MESSAGES_PER_SECOND }, (_, n) => addressFor(accepted + n))
        accepted += (await sender.send(batch)).messages.length
      }
    }
    const killAll = async () => {
      for (; performance.now() < end; kills += 1) {
        const victim = Math.floor(Math.random() * workers.length)
        await workers[victim]?.line(WORKING) // whoever dies before proves nothing
        await wait(Math.random() * 1_600)
        await workers[victim]?.kill()
        workers[victim] = await start()
      }
    }
    await Promise.all([acceptAll(), killAll()])

    // A dead lease lasts 15 s; then its entries come back. Those put off wait for minutes, and so may others while the site is crowded.
    const recoveryStarted = performance.now()
    const alive = await Promise.all(workers.map(async (worker) => (await worker.line(WORKING))[1]))
    const heldByTheDead = `SELECT COUNT(*) AS n FROM queue_entries WHERE claimed_by NOT IN (${alive.join(', ')})`
    await until(async () => (await query<{ n: number }>(heldByTheDead))[0]?.n === 0, { what: 'the claims of the dead', timeoutMs: 60_000 })
    const recoveryMs = performance.now() - recoveryStarted
    const untried = "SELECT COUNT(*) AS n FROM queue_entries WHERE attempts = 0 OR uncertain OR state <> 'ready'"
    const workedOff = async () => {
      await makeDue(database.db, { where: "(attempts = 0 OR uncertain) AND state = 'ready'" })
      return (await query<{ n: number }>(untried))[0]?.n === 0
    }
    await until(workedOff, { what: 'the queue to be worked off', timeoutMs: DRAIN_MS })
    await Promise.all(workers.map((worker) => worker.kill()))

    const statuses = Object.fromEntries(
      (await query<{ status: string; n: number }>('SELECT status, COUNT(*) AS n FROM messages GROUP BY status')).map((row) => [
        row.status,
        row.n,
      ]),
    )
    const queued = (await query<{ n: number }>('SELECT COUNT(*) AS n FROM queue_entries'))[0]?.n ?? -1
    const { sent = 0, hard_failed: failed = 0, held = 0 } = statuses

    const copies = new Map<string, number>()
    for (const mail of receiver.mails) for (const address of mail.rcptTo) copies.set(address, (copies.get(address) ?? 0) + 1)
    const doubled = [...copies].filter(([, count]) => count > 1).map(([address]) => address)
    const labelled = new Set(
      (
        await query<{ address: string }>(
          'SELECT DISTINCT rcpt_to AS address FROM messages JOIN deliveries ON deliveries.message_id = messages.id WHERE maybe_duplicate',
        )
      ).map((row) => row.address),
    )
    console.info(
      `accepted ${accepted} = sent ${sent} + failed ${failed} + held ${held} + queued ${queued}; ${kills} kills; ` +
        `arrived ${receiver.mails.length}, doubled ${doubled.length}, labelled ${labelled.size}; recovered in ${Math.round(recoveryMs / 1000)} s`,
    )

    expect(kills).toBeGreaterThan(0)
    expect(accepted).toBeGreaterThanOrEqual(MESSAGES_PER_SECOND)
    expect(sent + failed + held + queued).toBe(accepted)
    expect(doubled.filter((address) => !labelled.has(address))).toEqual([])
    expect([...copies.keys()].length).toBe(sent)
    expect(recoveryMs).toBeLessThan(30_000)
  },
  KILLING_MS + DRAIN_MS + 100_000,
)
