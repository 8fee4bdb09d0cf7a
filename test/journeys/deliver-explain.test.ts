/** Anybody can be told why a mail is late: which host, which limit, what the last reply meant, and when it is tried next. */
import { type Explaining, explainMessage, explainSite } from '@posthaste/core/delivery/explain.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import { insertRelay } from '@posthaste/core/store/relays.ts'
import { addSiteLimit } from '@posthaste/core/store/site-limits.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { MAIL_SERVER_ID, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { addRoute, addSmtpEndpoint, arrive } from '@posthaste/test/support/incoming-mail.ts'
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: ScriptedReceiver

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({ zone: { 'receiver.test': { MX: ['10 mx.receiver.test'] }, 'mx.receiver.test': { A: ['127.0.0.1'] } } })
  receiver = await startScriptedReceiver({ script: { rcpt: '451 4.7.1 Greylisted, try again in 90 seconds' } })
})

afterEach(async () => {
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const explaining = (smtpRelays: Explaining['smtpRelays'] = []): Explaining => {
  const clock = () => new Date()
  return { db: database.db, dns: createDns({ servers: [dns.address], timeoutMs: 500, clock }), clock, random: Math.random, smtpRelays }
}

it('says of a message where it stands, what the last reply meant, and shows the dialogue without the mail', async () => {
  await using engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port })
  const { messages } = await engine.send(['ana@receiver.test'])
  const id = messages[0]?.id ?? 0
  expect((await explainMessage(explaining(), id))?.lines).toContain('It has not been tried yet.')
  engine.work()
  await engine.untilStatus(id, 'soft_failed')

  const explained = await explainMessage(explaining(), id)
  const text = explained?.lines.join('\n')
  expect(text).toContain('put off after a temporary failure')
  expect(text).toMatch(/Its next attempt is due in [12] min/)
  expect(text).toContain('The last answer by mx.receiver.test was: 451 4.7.1 Greylisted')
  expect(text).toContain('lets unknown senders wait')
  expect(text).toContain('Mail for receiver.test goes to mx.receiver.test.')
  expect(text).toMatch(/encrypted with TLSv1\.[23]/)
  const transcript = explained?.attempts[0]?.transcript ?? ''
  expect(transcript).toContain('> RCPT TO:<ana@receiver.test>')
  expect(transcript).toContain('< 451 4.7.1 Greylisted')
  expect(transcript).not.toContain('Subject: Hello')

  expect(text).not.toContain('scanner')
  await database.db.$client.query(
    `INSERT INTO message_inspections (message_id, mail_server_id, spam_score, threat, threat_details, incomplete, checks, created_at)
     VALUES (?, ?, 0, false, '', true, '[]', NOW(3))`,
    [id, MAIL_SERVER_ID],
  )
  expect((await explainMessage(explaining(), id))?.lines).toContain(
    'It went on without a verdict on spam or viruses, because a scanner did not answer.',
  )
  expect(await explainMessage(explaining(), id, 99)).toBeUndefined()
  expect(await explainMessage(explaining(), 1)).toBeUndefined()
})

it('says of a site which limits hold, by which rule and reply, and how it went lately', async () => {
  receiver.play({ mail: '421 4.7.0 [TSS04] temporarily deferred due to user complaints' })
  await using engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, limits: { connectionsMax: 1 } })
  await engine.send(['ana@receiver.test', 'bob@receiver.test'])
  engine.work()
  await until(async () => (await explainSite(explaining(), 'receiver.test')).limits.length === 1, { what: 'the limit' })
  const text = (await explainSite(explaining(), 'receiver.test')).lines.join('\n')
  expect(text).toMatch(/Nothing is sent there until .*, by the rule yahoo-complaints, because of: 421 4\.7\.0 \[TSS04\]/)
  expect(text).toContain('2 are waiting in the queue')
  expect(text).toContain('This is about us, not about the recipient.')
})

it('says how workers share what a site allows, when there are several, and to operators only', async () => {
  const limit = { ...SOMEBODY_ELSES, site: 'mx.receiver.test', sourceIp: '' }
  const told = async (mailServerId?: number) => (await explainSite(explaining(), 'receiver.test', mailServerId)).lines.join('\n')
  await using _one = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port })
  await addSiteLimit(database.db, { ...limit, kind: 'connections', amount: 5 })
  expect(await told()).not.toContain('workers')
  await using _two = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port })
  expect(await told()).toContain(
    '2 workers share what an address is allowed there, if their machines have it: each of them has 2 or 3 of 5 connections.',
  )
  await addSiteLimit(database.db, { ...limit, id: 8, kind: 'rate', amount: 1 })
  expect(await told()).toContain('at this site one of them has 5 of 5 connections and the whole rate.')
  expect(await told(MAIL_SERVER_ID)).not.toContain('workers')
})

const SOMEBODY_ELSES = {
  ...{ id: 7, sourceIp: '203.0.113.50', amount: null, ipPool: null, rule: 'other', reply: '421 no' },
  createdAt: new Date(),
  until: new Date(Date.now() + 600_000),
}

it('tells a tenant nothing of other tenants, of what their mail brought about, and of the relays of the installation', async () => {
  receiver.play({ mail: '421 4.7.0 [TSS04] temporarily deferred due to user complaints' })
  await using engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, limits: { connectionsMax: 1 } })
  await engine.send(['ana@receiver.test', 'bob@receiver.test'])
  engine.work()
  await until(async () => (await explainSite(explaining(), 'receiver.test')).limits.length === 1, { what: 'the limit' })
  const [own, other] = await Promise.all([MAIL_SERVER_ID, 99].map((id) => explainSite(explaining(), 'receiver.test', id)))
  expect(own?.lines.join('\n')).toMatch(/[12] put off, 0 failed\. 2 are waiting/)
  expect(own?.lines.join('\n')).toContain('This is about us')
  expect(other?.lines.join('\n')).toContain('0 sent, 0 put off, 0 failed. 0 are waiting')
  for (const seen of [own, other]) {
    expect(seen?.lines.join('\n')).toMatch(/Nothing is sent there until .*, by the rule yahoo-complaints/)
    expect(JSON.stringify(seen)).not.toContain('TSS04')
  }
  await addSiteLimit(database.db, { ...SOMEBODY_ELSES, kind: 'suspend', site: own?.limits[0]?.site ?? '' })
  expect((await explainSite(explaining(), 'receiver.test')).limits).toHaveLength(2)
  expect((await explainSite(explaining(), 'receiver.test', MAIL_SERVER_ID)).limits).toHaveLength(1)
  const relays = [{ mailServerId: null, host: 'smart.test', port: 25, tlsMode: 'auto', user: 'us' }] as const
  expect((await explainSite(explaining(relays), 'receiver.test', 99)).lines[0]).toBe('It goes through a relay of this installation.')
})

it('shows a tenant dialogues without the name that the installation logs in with', async () => {
  const said = '> EHLO us\n< 250 hello\n> AUTH LOGIN\n< 334 VXNlcm5hbWU6\n> dXM=\n< 235 ok\n> MAIL FROM:<a@b.test>\n< 250 ok'
  await using engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port })
  const { messages } = await engine.send(['ana@receiver.test'])
  const id = messages[0]?.id ?? 0
  engine.work()
  await engine.untilStatus(id, 'soft_failed')
  const [result] = await database.db.$client.query(
    'UPDATE delivery_transcripts t JOIN deliveries d ON d.id = t.delivery_id SET t.transcript = ? WHERE d.message_id = ?',
    [said, id],
  )
  expect(result).toMatchObject({ affectedRows: 1 })
  expect((await explainMessage(explaining(), id, MAIL_SERVER_ID))?.attempts[0]?.transcript).toBe(
    '> EHLO us\n< 250 hello\n< 334 VXNlcm5hbWU6\n< 235 ok\n> MAIL FROM:<a@b.test>\n< 250 ok',
  )
  expect((await explainMessage(explaining(), id))?.attempts[0]?.transcript).toBe(said)
})

it('says through which relay mail goes, for whom that is set, and which limits hold there', async () => {
  const added = new Date()
  const relay = { domain: null, mailServerId: null, port: receiver.port, tlsMode: 'auto', username: null, passwordSealed: null } as const
  const through = async (smtpRelays?: Explaining['smtpRelays']) => (await explainSite(explaining(smtpRelays), 'receiver.test')).lines[0]
  expect(await through([{ host: 'smart.test', port: 25, tlsMode: 'auto', user: null }])).toBe(
    'Mail for receiver.test goes through the relay smart.test:25, as the configuration says for all mail.',
  )
  await insertRelay(database.db, { ...relay, id: 1, host: '127.0.0.1', mailServerId: MAIL_SERVER_ID, createdAt: added })
  await insertRelay(database.db, { ...relay, id: 2, host: 'spare.test', mailServerId: MAIL_SERVER_ID, createdAt: added })
  expect(await through()).toContain('goes to mx.receiver.test')

  receiver.play({ mail: '421 4.7.0 [TSS04] temporarily deferred due to user complaints' })
  await using engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, limits: { connectionsMax: 1 } })
  const { messages } = await engine.send(['ana@receiver.test', 'bob@receiver.test'])
  engine.work()
  const explain = async () => (await explainMessage(explaining(), messages[0]?.id ?? 0))?.lines.join('\n') ?? ''
  await until(async () => (await explain()).includes('Nothing is sent there'), { what: 'the limit of the relay' })
  const ours = `127.0.0.1:${receiver.port}, or spare.test:${receiver.port} when that is away`
  expect(await explain()).toContain(`goes through the relay ${ours}, which is set for all mail of this mail server.`)
  expect(await explain()).toMatch(/Nothing is sent there until .*, by the rule yahoo-complaints/)

  await insertRelay(database.db, { ...relay, id: 3, host: 'domain.test', domain: 'receiver.test', createdAt: added })
  expect(await explain()).toContain(`goes through the relay domain.test:${receiver.port}, which is set for mail to this domain.`)
})

it('says to operators which mail servers send to a domain by relays of their own, each with the limits that hold there', async () => {
  const base = { port: 2525, tlsMode: 'starttls', username: null, passwordSealed: null, createdAt: new Date() } as const
  const lines = async () => (await explainSite(explaining(), 'receiver.test')).lines
  await insertRelay(database.db, { ...base, id: 1, host: 'own.test', mailServerId: MAIL_SERVER_ID, domain: null, username: 'shop' })
  const site = `relay of mail server ${MAIL_SERVER_ID}: shop@own.test:2525 starttls`
  const [createdAt, until] = [new Date(), new Date(Date.now() + 60_000)]
  const limit = {
    id: 1,
    site,
    sourceIp: '',
    kind: 'rate',
    amount: 5,
    ipPool: null,
    rule: 'made-up',
    reply: '450 slow',
    createdAt,
    until,
  } as const
  await addSiteLimit(database.db, limit)
  expect((await lines()).slice(0, 3)).toEqual([
    'Mail for receiver.test goes to mx.receiver.test.',
    'Mail of acme/shop for receiver.test goes through the relay own.test:2525, which is set for all its mail.',
    expect.stringMatching(/^At most 5 messages a minute are sent there until .*made-up/),
  ])

  await insertRelay(database.db, { ...base, id: 2, host: 'all.test', mailServerId: null, domain: 'receiver.test' })
  expect((await lines())[0]).toBe('Mail for receiver.test goes through the relay all.test:2525, which is set for mail to this domain.')
  expect((await lines())[1]).toMatch(/^In the last hour/) // for the relay of the domain goes before that of the mail server

  await insertRelay(database.db, { ...base, id: 3, host: 'close.test', mailServerId: MAIL_SERVER_ID, domain: 'receiver.test' })
  expect((await lines())[1]).toBe(
    'Mail of acme/shop for receiver.test goes through the relay close.test:2525, which is set for its mail to this domain.',
  )
})

it('says of mail that has come in which SMTP endpoint it goes to, and which limits hold there', async () => {
  await addSmtpEndpoint(database.db, 'box.test', 2525, { tls_mode: 'tls' })
  await addRoute(database.db, { endpoint: ['smtp', 1] })
  await using engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port })
  const { id } = await arrive(engine)
  const [createdAt, until] = [new Date(), new Date(Date.now() + 60_000)]
  const site = `relay of mail server ${MAIL_SERVER_ID}: box.test:2525 tls`
  await addSiteLimit(database.db, {
    ...{ id: 1, site, sourceIp: '', kind: 'suspend', amount: null, ipPool: null, rule: 'made-up', reply: '450 slow', createdAt, until },
  })
  const text = (await explainMessage(explaining(), id))?.lines.join('\n')
  expect(text).toContain('It goes to the endpoint Box, which is box.test:2525.')
  expect(text).toContain('Nothing is sent there until')
})

it('keeps the dialogue of mail that was taken when all are kept, and what hosts answered that gave no session', async () => {
  receiver.play({})
  dns.set({ 'closed.test': { MX: ['10 mx.closed.test'] }, 'mx.closed.test': { A: ['127.0.0.9'] } })
  await using engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, transcripts: 'all' })
  const { messages } = await engine.send(['ana@receiver.test', 'bob@closed.test'])
  const [ana = 0, bob = 0] = messages.map(({ id }) => id)
  engine.work()
  await engine.untilStatus(ana, 'sent')
  await engine.untilStatus(bob, 'soft_failed')
  expect((await explainMessage(explaining(), ana))?.attempts[0]?.transcript).toContain('> RCPT TO:<ana@receiver.test>')
  expect((await explainMessage(explaining(), bob))?.attempts[0]?.transcript).toMatch(/^! mx\.closed\.test: .+/)
})
