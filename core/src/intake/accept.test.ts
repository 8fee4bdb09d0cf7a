/** Intake on a real database: all or nothing, once for many recipients, and honest when the database is away. */

import { randomBytes } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { startMariadb } from '@posthaste/test/support/mariadb.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIds } from '../domain/ids.ts'
import { openDatabase } from '../store/database.ts'
import { migrate } from '../store/migrate.ts'
import { type Acceptance, createIntake } from './accept.ts'

const RAW = Buffer.from(
  'From: a@shop.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <7@shop.test>\r\nX-Postal-Tag: welcome\r\n\r\nHi\r\n',
)
const clock = () => new Date()
const newId = createIds({ node: 1, clock })
const acceptance = (rcptTo: readonly string[], raw = RAW): Acceptance => ({
  mailServerId: 1,
  raw,
  receivedWithTls: true,
  credentialId: 9,
  recipients: rcptTo.map((address) => ({ scope: 'outgoing', rcptTo: address, mailFrom: 'a@shop.test', domainId: 3 })),
})

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database[Symbol.asyncDispose]())

const intakeOn = (db: TestDatabase['db']) => createIntake({ db, node: 1, newId, clock, randomBytes })
const count = async (table: string): Promise<number> => {
  const [rows] = await database.db.$client.query('SELECT COUNT(*) AS count FROM ??', [table])
  return (rows as unknown as { count: number }[])[0]?.count ?? -1 // as selected
}

describe('what is accepted', () => {
  it('is on disk when accept resolves: raw mail once, a message and a queue entry for each recipient', async () => {
    const receipt = await intakeOn(database.db).accept(acceptance(['ana@a.test', 'ben@b.test']))
    expect(receipt.messageId).toBe('7@shop.test')
    expect(receipt.messages.map((message) => message.rcptTo)).toEqual(['ana@a.test', 'ben@b.test'])
    expect(await Promise.all(['raw_mails', 'messages', 'queue_entries'].map(count))).toEqual([1, 2, 2])

    const [rows] = await database.db.$client.query('SELECT subject, tag, status, size, token FROM messages ORDER BY id')
    expect(rows).toMatchObject([{ subject: 'Grüße', tag: 'welcome', status: 'pending', size: RAW.length }, {}])
    expect((rows as unknown as { token: string }[]).map((row) => row.token)).toEqual(receipt.messages.map((message) => message.token))
  })

  it('goes once to a recipient who is named twice, whatever the case of the domain', async () => {
    const receipt = await intakeOn(database.db).accept(acceptance(['ana@a.test', 'ana@A.TEST', 'Ana@a.test']))
    expect(receipt.messages.map((message) => message.rcptTo)).toEqual(['ana@a.test', 'Ana@a.test'])
  })

  it('keeps every byte', async () => {
    const bytes = Buffer.concat([RAW, randomBytes(700_000)])
    await intakeOn(database.db).accept(acceptance(['ana@a.test'], bytes))
    const [rows] = await database.db.$client.query('SELECT data FROM raw_mails')
    expect((rows as unknown as { data: Buffer }[])[0]?.data.equals(bytes)).toBe(true)
  })

  it('is counted, and shared out over few commits when many come at once', async () => {
    const intake = intakeOn(database.db)
    const receipts = await Promise.all(Array.from({ length: 300 }, (_, n) => intake.accept(acceptance([`u${n}@a.test`]))))
    expect(new Set(receipts.map((receipt) => receipt.rawMailId)).size).toBe(300)
    expect(await count('messages')).toBe(300)
    const [rows] = await database.db.$client.query('SELECT CAST(SUM(outgoing) AS UNSIGNED) AS outgoing FROM statistics')
    expect(rows).toEqual([{ outgoing: 300 }])
  })

  it('is the same rows for one recipient as for several, though they are written in other ways', async () => {
    const raw = Buffer.from("Subject: 日本 \u{1f600} '\"\\\r\nX-Postal-Tag: '\r\nPrecedence: bulk\r\n\r\n\0\xff\r\n")
    const intake = createIntake({ db: database.db, node: 1, newId, clock: () => new Date('2026-12-24T18:00:00.123Z'), randomBytes })
    await intake.accept(acceptance(['ana@a.test'], raw))
    await intake.accept(acceptance(['ana@a.test', 'ben@b.test'], raw))
    const rows = async (sql: string) => (await database.db.$client.query(sql))[0] as unknown as Record<string, unknown>[] // as selected
    const kinds = [
      ['messages', 'id, raw_mail_id, token', 'rcpt_to'],
      ['queue_entries', 'message_id, raw_mail_id', 'domain'],
    ] as const
    for (const [table, own, recipient] of kinds) {
      const [alone, together] = await rows(`SELECT * FROM ${table} WHERE ${recipient} LIKE '%a.test' ORDER BY raw_mail_id`)
      const left = (row: Record<string, unknown> = {}) => Object.entries(row).filter(([name]) => !own.split(', ').includes(name))
      expect(left(alone)).toEqual(left(together))
    }
    const [message] = await rows('SELECT subject, tag, created_at FROM messages')
    expect(message).toEqual({ subject: '日本 \u{1f600} \'"\\', tag: "'", created_at: new Date('2026-12-24T18:00:00.123Z') })
    expect(await rows('SELECT COUNT(DISTINCT data) AS different, MIN(size) AS size FROM raw_mails')).toEqual([
      { different: 1, size: raw.length },
    ])
  })

  it('is counted for each mail server when mail of several comes at once', async () => {
    const intake = intakeOn(database.db)
    const all = Array.from({ length: 50 }, (_, n) => ({ ...acceptance([`u${n}@a.test`]), mailServerId: (n % 3) + 1 }))
    await Promise.all(all.map(intake.accept))
    expect(await Promise.all(['raw_mails', 'messages', 'queue_entries'].map(count))).toEqual([50, 50, 50])
    const [rows] = await database.db.$client.query(
      'SELECT mail_server_id AS id, CAST(SUM(outgoing) AS UNSIGNED) AS outgoing FROM statistics GROUP BY mail_server_id ORDER BY mail_server_id',
    )
    expect(rows).toEqual([
      { id: 1, outgoing: 17 },
      { id: 2, outgoing: 17 },
      { id: 3, outgoing: 16 },
    ])
  })

  it('harms nobody else when it cannot be stored itself', async () => {
    const intake = intakeOn(database.db)
    const tooLong = acceptance([`${'x'.repeat(400)}@a.test`])
    const results = await Promise.allSettled([acceptance(['ana@a.test']), tooLong, acceptance(['ben@b.test'])].map(intake.accept))
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await Promise.all(['raw_mails', 'messages', 'queue_entries'].map(count))).toEqual([2, 2, 2])
  })
})

describe('a database that goes away', () => {
  it('is told to the sender as such, and mail is taken again when it is back', async () => {
    await using server = await startMariadb()
    const options = { address: { socketPath: server.socketPath }, user: 'root', database: 'away', connectionsMax: 4 }
    await migrate(options, clock())
    await using db = openDatabase(options)
    const intake = intakeOn(db)
    await intake.accept(acceptance(['ana@a.test']))
    await server.kill()
    await expect(intake.accept(acceptance(['ben@b.test']))).rejects.toMatchObject({ code: 'store.unavailable' })
    await server.restart()
    await expect(intake.accept(acceptance(['cai@c.test']))).resolves.toMatchObject({ messages: [{ rcptTo: 'cai@c.test' }] })
  })
})
