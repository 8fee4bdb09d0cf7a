/** Bad days with real processes: what was answered 250 arrives, what may be double says so, and the rest was refused. */

import { createTransport } from 'nodemailer'
import { describe, expect, it } from 'vitest'
import { type Installation, openInstallation } from '../support/installation/open.ts'
import { SENDER_DOMAIN } from '../support/installation/zone.ts'
import { makeDue } from '../support/make-due.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'

const receiverOf = (installation: Installation): Promise<Receiver> =>
  startReceiver({ name: 'mx.receiver.test', port: installation.ports.mx, dns: installation.dns.address })

/** Sends numbered mails on a few connections for as long as it may, trying each again until it is accepted. */
function startLoad({ ports }: Installation) {
  const transport = createTransport({
    pool: true,
    maxConnections: 5,
    host: '127.0.0.1',
    port: ports.smtp,
    tls: { rejectUnauthorized: false },
  })
  const accepted: string[] = []
  const refusals: number[] = []
  let running = true
  let next = 0
  const send = async (): Promise<void> => {
    while (running) {
      const to = `user${next++}@receiver.test`
      await until(() => sendOnce(to), { what: `${to} to be accepted`, timeoutMs: 40_000 })
      accepted.push(to)
    }
  }
  const sendOnce = (to: string): Promise<boolean> =>
    transport.sendMail({ from: `load@${SENDER_DOMAIN}`, to, subject: to, text: 'Hello' }).then(
      () => true,
      (fault: { responseCode?: number }) => {
        refusals.push(fault.responseCode ?? 0)
        return false
      },
    )
  const done = Promise.all(Array.from({ length: 5 }, send))
  return {
    accepted,
    refusals,
    stop: async () => {
      running = false
      await done
      transport.close()
    },
  }
}

const arrivedAt = (receiver: Receiver): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const mail of receiver.mails) for (const to of mail.rcptTo) counts.set(to, (counts.get(to) ?? 0) + 1)
  return counts
}

const untilAllSettled = (installation: Installation): Promise<unknown> =>
  until(async () => (await installation.queued()) === 0, { what: 'the queue to be empty', timeoutMs: 60_000 })

describe('a database that stops and starts again under load', () => {
  it('loses no mail that was accepted, and lets clients try again', async () => {
    await using installation = await openInstallation()
    await using receiver = await receiverOf(installation)
    await installation.start('smtp')
    await installation.start('worker')
    const load = startLoad(installation)
    await until(() => load.accepted.length > 100, { what: 'the first mails', timeoutMs: 30_000 })
    await installation.stopDatabase()
    await until(() => load.refusals.length > 0, { what: 'a refusal', timeoutMs: 30_000 })
    await installation.startDatabase()
    const before = load.accepted.length
    await until(() => load.accepted.length > before + 100, { what: 'mail to be accepted again', timeoutMs: 30_000 })
    await load.stop()
    await untilAllSettled(installation)

    const arrived = arrivedAt(receiver)
    expect(load.accepted.filter((to) => !arrived.has(to))).toEqual([])
    expect(load.refusals.filter((code) => code !== 451)).toEqual([])
  })
})

describe('a worker that is killed in the middle of deliveries', () => {
  it('loses nothing, and what may have arrived twice says so', async () => {
    await using installation = await openInstallation()
    await using receiver = await receiverOf(installation)
    await installation.start('smtp')
    const load = startLoad(installation)
    const worker = await installation.start('worker')
    await until(() => receiver.mails.length > 200, { what: 'the first deliveries', timeoutMs: 30_000 })
    await worker.kill()
    await until(() => load.accepted.length > 500, { what: 'more mail', timeoutMs: 30_000 })
    await load.stop()
    await installation.start('worker')
    await untilAllSettled(installation)

    const arrived = arrivedAt(receiver)
    expect(load.accepted.filter((to) => !arrived.has(to))).toEqual([])
    const twice = [...arrived].filter(([, count]) => count > 1).map(([to]) => to)
    const [rows] = await installation.db.$client.query(
      "SELECT rcpt_to AS rcptTo FROM messages JOIN deliveries ON deliveries.message_id = messages.id WHERE details LIKE '%may be a duplicate%'",
    )
    const labelled = (rows as unknown as { rcptTo: string }[]).map((row) => row.rcptTo) // as selected
    expect(twice.filter((to) => !labelled.includes(to))).toEqual([])
  })
})

describe('a receiver that is down', () => {
  it('gets its mail when it is back, at the next try', async () => {
    await using installation = await openInstallation()
    await installation.start('smtp')
    await installation.start('worker')
    const transport = createTransport({ host: '127.0.0.1', port: installation.ports.smtp, tls: { rejectUnauthorized: false } })
    await transport.sendMail({ from: `load@${SENDER_DOMAIN}`, to: 'ana@receiver.test', subject: 'Hello', text: 'Hello' })
    const status = async (): Promise<string | undefined> => {
      const [rows] = await installation.db.$client.query('SELECT status FROM messages')
      return (rows as unknown as { status: string }[])[0]?.status // as selected
    }
    await until(async () => (await status()) === 'soft_failed', { what: 'the first try to fail', timeoutMs: 20_000 })

    await using receiver = await receiverOf(installation)
    await makeDue(installation.db) // five minutes pass
    await receiver.mailTo('ana@receiver.test', 20_000)
    await until(async () => (await status()) === 'sent', { what: 'the message to be sent', timeoutMs: 20_000 })
  })
})
