/** Everything about pools, addresses and rules can be done on the command line, as text and as JSON. */
import { expect, it } from 'vitest'
import { putWorkerAddresses } from '../store/worker-addresses.ts'
import { startCliFixture } from './cli.fixture.ts'
import { EXIT } from './run.ts'

it('keeps pools and their addresses, and says which machines have them', async () => {
  await using cli = await startCliFixture()
  const { answer, posthaste } = cli
  expect((await posthaste('ip-pool create Main --default')).out).toContain('rest until postal.use_ip_pools is true')
  await answer('ip-pool create Spare')
  const { db } = cli.database
  expect((await posthaste('ip-address add 192.0.2.99 --pool spare --hostname mta9.example.com')).out).toContain('No worker runs, so')
  expect((await posthaste('ip-address list')).out).toMatch(/192\.0\.2\.99 .* no worker runs +warm/)
  await answer('ip-address remove 192.0.2.99')
  const seen = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000)
  await putWorkerAddresses(db, 1, { machine: 'mta1', addresses: new Set(['127.0.0.1']), seenAt: seen(5) })
  await putWorkerAddresses(db, 2, { machine: 'mta2', addresses: new Set(['127.0.0.1', '192.0.2.7']), seenAt: seen(600) })
  expect(await answer('ip-address add 127.0.0.1 --pool main --hostname mta1.example.com --warm-up')).toMatchObject({
    ...{ ipv4: '127.0.0.1', present: { ipv4: true, ipv6: null } },
    machines: [
      { machine: 'mta1', silent: false },
      { machine: 'mta2', silent: true },
    ],
    warmUp: { day: 1, providers: [] },
  })
  const added = await posthaste('ip-address add 192.0.2.7 --pool main --ipv6 2001:db8::7 --hostname mta2.example.com --priority 50')
  expect(added.out).toContain('No machine of a worker has 192.0.2.7, so nothing leaves from it.')
  expect((await posthaste('ip-address list')).out).toMatch(
    /127\.0\.0\.1 .* 100 +mta1 \(seen \d+ s ago\), mta2 \(silent for 10 min\) +day 1\n192\.0\.2\.7 .* 50 +NONE, so it is not used; mta2 \(only ipv4, silent for 10 min\) +warm/,
  )

  const day = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000)
  await db.$client.query(
    "INSERT INTO warmup_days (ip_address_id, provider, day, budget, sent, deferred) SELECT id, 'google', ?, 75, 12, 2 FROM ip_addresses WHERE ipv4 = '127.0.0.1'",
    [day],
  )
  expect((await posthaste('ip-pool show MAIN')).out).toMatch(
    /the default; used by nobody\n[\s\S]*google: 12 of 75 used today, 2 put off because of us/,
  )
  await answer('ip-address warm-up stop 127.0.0.1')
  expect(await answer('ip-address show 127.0.0.1')).toMatchObject({ warmUp: null })
  expect((await posthaste('ip-address show 127.0.0.1')).out).toMatch(/warm since \d{4}-\d\d-\d\d\n/)
  expect((await posthaste('ip-address warm-up start 127.0.0.1')).out).toContain('begins with 50 messages a day')
  expect(await answer('ip-address update 192.0.2.7 --pool spare --ipv6 none --new-ipv4 192.0.2.8 --priority 0')).toMatchObject({
    ...{ ipv4: '192.0.2.8', ipv6: null, priority: 0 },
  })
  expect(await posthaste('ip-pool remove spare')).toMatchObject({ code: EXIT.refused, err: expect.stringContaining('still has 1 address') })
  await answer('ip-address remove 192.0.2.8')
  await answer('ip-pool update spare --name Reserve --default yes')
  expect((await answer('ip-pool list')).map(({ name, isDefault }: { name: string; isDefault: boolean }) => [name, isDefault])).toEqual([
    ['Main', false],
    ['Reserve', true],
  ])
  await answer('ip-pool remove reserve')
})

it('gives pools to organizations, and sends their mail from them by mail server and by rule', async () => {
  await using cli = await startCliFixture()
  const { answer, posthaste } = cli
  await answer('org create Acme')
  await answer('server create Shop')
  const { id: ipPoolId } = await answer('ip-pool create Bulk')
  expect(await posthaste('ip-pool use bulk')).toMatchObject({ code: EXIT.refused, err: expect.stringContaining('has been given') })
  await answer('ip-pool give bulk')
  expect(await answer('ip-pool use bulk')).toMatchObject({ ipPoolId })
  const { uuid } = await answer('ip-pool-rule add bulk --org acme --from news@shop.example,Shop.Example --to gmail.com')
  expect((await posthaste('ip-pool-rule list')).out).toMatch(/all +news@shop\.example shop\.example +gmail\.com +Bulk\n$/)
  expect(await answer(`ip-pool-rule update ${uuid} --to web.de,gmx.de`)).toMatchObject({ toText: 'web.de\ngmx.de' })
  const refused = await posthaste(`ip-pool-rule update ${uuid} --to nobody@ --json`)
  expect([refused.code, JSON.parse(refused.err).error]).toEqual([
    EXIT.refused,
    expect.objectContaining({ code: 'input.invalid', field: 'to' }),
  ])
  expect((await posthaste('ip-pool take bulk')).err).toContain('still has 1 mail server and 1 rule')
  await answer(`ip-pool-rule remove ${uuid}`)
  await answer('ip-pool leave')
  await answer('ip-pool take bulk')
  expect((await posthaste('ip-pool list')).out).toMatch(/Bulk +no +none +nobody/)
})
