/** An application sends while the database dies and comes back: what was answered with success is there, and nothing else is half-there. */
import { addTenant, v1Client } from '@posthaste/test/support/api-v1.ts'
import { startMariadb } from '@posthaste/test/support/mariadb.ts'
import { startTestWeb } from '@posthaste/test/support/web.ts'
import { expect, it } from 'vitest'
import { until } from '../support/until.ts'

it('says that it is unavailable while the database is, and keeps every mail it took', async () => {
  await using mariadb = await startMariadb({ durable: true })
  await using web = await startTestWeb({ mariadb: mariadb.socketPath })
  const made = await addTenant(web)
  const call = v1Client(web, made.key)
  const mail = { from: `a@shop${made.mailServerId}.test`, to: ['b@x.test', 'c@x.test'], plain_body: 'x' }
  const accepted = new Set<string>()
  const statuses = new Map<number, number>()
  const send = async () => {
    const answer = await call('send/message', mail)
    statuses.set(answer.httpStatus, (statuses.get(answer.httpStatus) ?? 0) + 1)
    if (answer.status === 'success') accepted.add(answer.data.message_id)
    else {
      expect(answer).toMatchObject({ httpStatus: 503, status: 'error', data: { code: 'ServiceUnavailable' } })
      expect(answer.headers.get('retry-after')).toBe('5')
    }
    return answer
  }

  let stop = false
  const senders = Array.from({ length: 10 }, async () => {
    while (!stop) await send()
  })
  await until(() => accepted.size > 200, { what: 'some mail to be accepted' })
  await mariadb.kill()
  await until(() => (statuses.get(503) ?? 0) > 50, { what: 'calls to be refused', timeoutMs: 20_000 })
  expect(await call('messages/message', { id: 5 })).toMatchObject({ httpStatus: 503, data: { code: 'ServiceUnavailable' } })
  await mariadb.restart()
  const before = accepted.size
  await until(() => accepted.size > before + 50, { what: 'mail to be accepted again', timeoutMs: 20_000 })
  stop = true
  await Promise.all(senders)

  const [rows] = await web.db.$client.query(
    `SELECT messages.message_id, COUNT(*) AS messages, COUNT(raw_mails.id) AS raws, COUNT(queue_entries.message_id) AS entries FROM messages
     LEFT JOIN raw_mails ON raw_mails.id = messages.raw_mail_id LEFT JOIN queue_entries ON queue_entries.message_id = messages.id GROUP BY messages.message_id`,
  )
  const stored = new Map((rows as unknown as { message_id: string; messages: number }[]).map((row) => [row.message_id, row]))
  for (const id of accepted) expect(stored.get(id)).toMatchObject({ messages: 2, raws: 2, entries: 2 })
  for (const row of stored.values()) expect(row).toMatchObject({ messages: 2, raws: 2, entries: 2 })
  expect([...statuses.keys()].sort()).toEqual([200, 503])
})
