/** What operators see of sites comes from the workers, and what they set by hand workers keep to. */
import { createSiteReports } from '@posthaste/core/delivery/site-reports.ts'
import { createIds } from '@posthaste/core/domain/ids.ts'
import type { Manage } from '@posthaste/core/manage/context.ts'
import { liftSiteLimitBy, setSiteLimit } from '@posthaste/core/manage/site-limits.ts'
import { createLines, siteOverview } from '@posthaste/core/manage/site-overview.ts'
import { createTestDatabase } from '@posthaste/test/support/database.ts'
import { startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { MAIL_SERVER_ID, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { expect, it } from 'vitest'

const clock = () => new Date()
const SITE = 'mx.receiver.test'

it('holds mail while a site is suspended by hand, and sends it soon after that is lifted', async () => {
  await using database = await createTestDatabase()
  const { db } = database
  await seedSender(db)
  await using dns = await startDnsServer({
    zone: {
      ...{ 'receiver.test': { MX: [`10 ${SITE}`] }, [SITE]: { A: ['127.0.0.1'] } },
      ...{ 'dead.test': { MX: ['10 mx.dead.test'] }, 'mx.dead.test': { A: ['127.0.0.9'] } },
    },
  })
  await using receiver = await startScriptedReceiver({ script: {} })
  await using reports = createSiteReports({ db, node: 1, clock, flushMs: 50, onFault: (fault) => expect.unreachable(String(fault)) })
  // Of all that verbs are given, those of limits take these.
  const manage = { db, clock, newId: createIds({ node: 9, clock }), actor: { type: 'cli' } } as unknown as Manage
  const suspension = await setSiteLimit(manage, { site: SITE, kind: 'suspend', minutes: 600, reason: 'Maintenance' })
  await using engine = await startEngine({ db, dns: dns.address, smtpPort: receiver.port, reports })
  const { messages } = await engine.send(['ana@receiver.test', ...Array.from({ length: 3 }, (_, n) => `user${n}@dead.test`)])
  engine.work()

  const overview = () => siteOverview(manage, createLines({ db, clock }))
  const standings = async () => (await overview()).sites.map(({ site, trouble, waiting }) => [site, trouble, waiting])
  const expected = [
    [SITE, 'suspended', 1],
    ['mx.dead.test', 'away', 3],
  ]
  await until(async () => JSON.stringify(await standings()) === JSON.stringify(expected), { what: 'the reports', timeoutMs: 20_000 })
  const away = (await overview()).sites[1]
  expect(away).toMatchObject({ outcomes: { sent: 0, failed: 0 }, refusal: { replyClass: 'connection_lost' } })
  expect(receiver.mails).toEqual([])

  expect(await liftSiteLimitBy(manage, suspension)).toBe(true)
  expect((await engine.untilStatus(messages[0]?.id ?? 0, 'sent')).mailServerId).toBe(MAIL_SERVER_ID)
  await until(
    async () => (await overview()).sites.find(({ site }) => site === SITE)?.outcomes.sent === 1 || (await standings()).length === 1,
    {
      what: 'the site to be out of trouble',
    },
  )
  expect(engine.faults).toEqual([])
}, 60_000)
