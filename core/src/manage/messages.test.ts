import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIntake } from '../intake/accept.ts'
import { acquireLease } from '../store/leases.ts'
import { lockMessages, queueAgain } from '../store/message-moves.ts'
import { deliveriesOf, findMessage } from '../store/messages.ts'
import { claimDue } from '../store/queue.ts'
import { inTransaction } from '../store/transaction.ts'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'
import { changeFoundMessages, changeMessages, expireHolds } from './messages.ts'

let fixture: ManageFixture
let tenant: Tenant

beforeEach(async () => {
  fixture = await createManageFixture()
  tenant = await fixture.tenant('Acme')
})
afterEach(() => fixture[Symbol.asyncDispose]())

const RAW = Buffer.from('From: a@shop.test\r\nSubject: x\r\n\r\nx\r\n')

async function accept(rcptTo: readonly string[]): Promise<number[]> {
  const intake = createIntake({ ...fixture.manage, node: 1 })
  const receipt = await intake.accept({
    mailServerId: tenant.mailServerId,
    raw: RAW,
    receivedWithTls: true,
    credentialId: null,
    recipients: rcptTo.map((address) => ({ scope: 'outgoing' as const, rcptTo: address, mailFrom: 'a@shop.test', domainId: 1 })),
  })
  return receipt.messages.map(({ id }) => id)
}

const change = (verb: Parameters<typeof changeMessages>[1], ids: readonly number[]) =>
  changeMessages(fixture.manage, verb, { mailServerId: tenant.mailServerId, ids })

const entryOf = async (id: number) => {
  const [rows] = await fixture.database.db.$client.query('SELECT state, manual, due_at AS dueAt FROM queue_entries WHERE message_id = ?', [
    id,
  ])
  return (rows as unknown as { state: string; manual: number; dueAt: Date }[])[0] // as selected
}

/** Somebody has been asking for a message for so long that somebody else must hold it. */
const lockWaits = async () => {
  const [rows] = await fixture.database.db.$client.query(
    `SELECT 1 FROM information_schema.processlist
     WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE '%FROM messages WHERE%FOR UPDATE%' AND time_ms > 200`,
  )
  return Array.isArray(rows) && rows.length > 0
}

describe('holding and releasing', () => {
  it('takes a waiting message out of the queue, and puts it back as manual when released', async () => {
    const [id = 0] = await accept(['ana@receiver.test'])
    expect(await change('hold', [id])).toEqual({ moved: [id], refused: [] })
    expect(await entryOf(id)).toBeUndefined()
    expect((await findMessage(fixture.database.db, tenant.mailServerId, id))?.status).toBe('held')

    expect((await change('release', [id])).moved).toEqual([id])
    expect(await entryOf(id)).toMatchObject({ state: 'ready', manual: 1 })
    expect(await change('release', [id])).toEqual({ moved: [], refused: [{ id, why: 'already_queued' }] })
    expect(await fixture.audited()).toEqual(expect.arrayContaining(['message.held', 'message.released']))
  })

  it('releases once when two people release at the same moment', async () => {
    const [id = 0] = await accept(['ana@receiver.test'])
    await change('hold', [id])
    const both = await Promise.all([change('release', [id]), change('release', [id])])
    expect(both.flatMap(({ moved }) => moved).length).toBeLessThanOrEqual(2)
    expect(await entryOf(id)).toMatchObject({ state: 'ready' })
    const [rows] = await fixture.database.db.$client.query('SELECT COUNT(*) AS n FROM queue_entries')
    expect(rows).toEqual([{ n: 1 }])
  })

  it('cancels no hold of a message that somebody is releasing at the same moment', async () => {
    const [id = 0] = await accept(['ana@receiver.test'])
    await change('hold', [id])
    const cancelling = await inTransaction(fixture.database.db, async (tx) => {
      const standing = (await lockMessages(tx, tenant.mailServerId, [id])).get(id)
      const waiting = change('cancel_hold', [id])
      await until(lockWaits, { what: 'the other to wait' })
      await queueAgain(tx, standing ? [{ ...standing, domain: 'receiver.test' }] : [], new Date())
      return { waiting }
    })
    expect(await cancelling.waiting).toEqual({ moved: [], refused: [{ id, why: 'already_queued' }] })
    expect((await findMessage(fixture.database.db, tenant.mailServerId, id))?.status).toBe('held')
  })

  it('cancels a hold with the words that Postal uses', async () => {
    const [id = 0] = await accept(['ana@receiver.test'])
    await change('hold', [id])
    await change('cancel_hold', [id])
    const deliveries = await deliveriesOf(fixture.database.db, tenant.mailServerId, id)
    expect(deliveries.at(-1)).toMatchObject({
      status: 'hold_cancelled',
      details: 'The hold on this message has been removed without action.',
    })
  })

  it('cancels holds whose time is over, and only those that nobody has released', async () => {
    const [one = 0, other = 0] = await accept(['ana@receiver.test', 'bob@receiver.test'])
    await change('hold', [one, other])
    await change('release', [other])
    expect(await expireHolds(fixture.manage, tenant)).toBe(0)
    fixture.passMs(8 * 86_400_000)
    expect(await expireHolds(fixture.manage, tenant)).toBe(1)
    expect((await findMessage(fixture.database.db, tenant.mailServerId, one))?.status).toBe('hold_cancelled')
    expect((await findMessage(fixture.database.db, tenant.mailServerId, other))?.status).toBe('held')
  })

  it('says that the raw mail is gone instead of queueing nothing', async () => {
    const [id = 0] = await accept(['ana@receiver.test'])
    await change('hold', [id])
    await fixture.database.db.$client.query('DELETE FROM raw_mails')
    expect((await change('release', [id])).refused).toEqual([{ id, why: 'raw_removed' }])
  })
})

describe('the queue', () => {
  it('never lets a person touch what a worker has in hand', async () => {
    const [id = 0] = await accept(['ana@receiver.test'])
    const { lease } = await acquireLease(fixture.database.db, { role: 'test', name: 'test' })
    await claimDue(fixture.database.db, { lease, priority: 0, limit: 1, now: fixture.manage.clock() })
    for (const verb of ['hold', 'retry_now', 'withdraw'] as const)
      expect((await change(verb, [id])).refused).toEqual([{ id, why: 'being_delivered' }])
  })

  it('tries now what was to wait', async () => {
    const [id = 0] = await accept(['ana@receiver.test'])
    await fixture.database.db.$client.query('UPDATE queue_entries SET due_at = ?', [new Date(Date.UTC(2028, 0, 1))])
    await change('retry_now', [id])
    expect((await entryOf(id))?.dueAt).toEqual(fixture.manage.clock())
  })
})

describe('many messages', () => {
  it('are all moved, however many there are', async () => {
    await accept(Array.from({ length: 1_100 }, (_, n) => `user${n}@receiver.test`))
    const { mailServerId } = tenant
    expect(await changeFoundMessages(fixture.manage, 'hold', { mailServerId, filter: { scope: 'outgoing' } })).toEqual({
      moved: 1_100,
      refused: 0,
    })
    expect(await changeFoundMessages(fixture.manage, 'release', { mailServerId, filter: { status: ['held'] } })).toEqual({
      moved: 1_100,
      refused: 0,
    })
  })

  it("of another tenant are not found, and neither is the tenant's mail server", async () => {
    const [id = 0] = await accept(['ana@receiver.test'])
    const other = await fixture.tenant('Other')
    const stranger = await other.member('owner')
    await expect(changeMessages(stranger, 'hold', { mailServerId: tenant.mailServerId, ids: [id] })).rejects.toEqual(
      refusal('mail_server.not_found'),
    )
    expect((await changeMessages(stranger, 'hold', { mailServerId: other.mailServerId, ids: [id] })).refused).toEqual([
      { id, why: 'not_found' },
    ])
    const reader = await tenant.member('reader')
    await expect(changeMessages(reader, 'hold', { mailServerId: tenant.mailServerId, ids: [id] })).rejects.toEqual(
      refusal('auth.forbidden'),
    )
  })
})
