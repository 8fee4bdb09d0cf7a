/** The warming of addresses ends by itself, day after day on a real database. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { takeBudget } from '../store/warm-up.ts'
import { endDueWarmUps } from '../tasks/end-warm-ups.ts'
import { statesOf } from './ip-address-states.ts'
import { addIpAddress, getIpAddress, startWarmUp } from './ip-addresses.ts'
import { createIpPool } from './ip-pools.ts'
import { createManageFixture, type ManageFixture, refusal } from './manage.fixture.ts'
import { endWarmUps } from './warm-ups.ts'

const DAY_MS = 86_400_000
let fixture: ManageFixture
beforeAll(async () => {
  fixture = await createManageFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

/** One day: as much to each provider as it may have, or as is wanted; then the task's turn on the day after. */
async function passDay(ipAddressId: number, wanted: Readonly<Record<string, number>>, deferred = 0): Promise<string | undefined> {
  const { db, clock } = fixture.manage
  for (const [provider, most] of Object.entries(wanted)) {
    await takeBudget(db, { ipAddressId, provider, now: clock() })
    await db.$client.query(
      'UPDATE warmup_days SET sent = LEAST(budget, ?), deferred = ? WHERE ip_address_id = ? AND provider = ? AND day = ?',
      [...[most, deferred, ipAddressId, provider, clock()]],
    )
  }
  fixture.passMs(DAY_MS)
  return endDueWarmUps(fixture.as({ type: 'system' })).run()
}

async function address(ipv4: string) {
  const { id: ipPoolId } = await createIpPool(fixture.manage, { name: `Pool of ${ipv4}` })
  return addIpAddress(fixture.manage, { ipPoolId, ipv4, hostname: 'mta.example.com', warmUp: true })
}

const stateOf = async (id: number) => (await statesOf(fixture.manage, [await getIpAddress(fixture.manage, { id })]))[0]
const ALL = 10_000_000

it('after its last days, once, with a line in the log and an audit entry; and begins anew when somebody says so', async () => {
  const { manage } = fixture
  const { id } = await address('192.0.2.1')
  const said: (string | undefined)[] = []
  const lastDays: unknown[] = []
  for (let day = 1; day <= 40; day += 1) {
    said.push(await passDay(id, { google: ALL, gmx: 10 }))
    const [google] = (await stateOf(id))?.warmUp?.providers.filter(({ provider }) => provider === 'google') ?? []
    if (google?.lastDays) lastDays.push(google.lastDays)
  }
  expect(said.flatMap((line, n) => (line === undefined ? [] : [[n + 1, line]]))).toEqual([[22, '192.0.2.1 warm']])
  expect(lastDays).toEqual([0, 1, 2].map((done) => ({ done, of: 3 })))
  const ended = await stateOf(id)
  expect([ended?.warmUp, ended?.warmupEndedAt]).toEqual([null, new Date(manage.clock().getTime() - 18 * DAY_MS)])
  expect((await fixture.audited()).filter((action) => action === 'ip_address.warm_up_ended')).toHaveLength(1)
  const [entries] = await manage.db.$client.query("SELECT details FROM audit_entries WHERE action = 'ip_address.warm_up_ended'")
  expect(JSON.stringify(entries)).toMatch(/192\.0\.2\.1.*days[^0-9]*23/)

  await startWarmUp(manage, { id })
  expect(await passDay(id, { google: ALL })).toBeUndefined()
  expect(await stateOf(id)).toMatchObject({ warmupEndedAt: null, warmUp: { day: 2, providers: [{ provider: 'google', budget: 75 }] } })
})

it('not before a provider that began later is warm too', async () => {
  const { id } = await address('192.0.2.3')
  const said: (string | undefined)[] = []
  for (let day = 1; day <= 35; day += 1) said.push(await passDay(id, { google: ALL, ...(day > 10 ? { yahoo: ALL } : {}) }))
  expect(said.flatMap((line, n) => (line === undefined ? [] : [[n + 1, line]]))).toEqual([[32, '192.0.2.3 warm']])
})

it('says of a provider that has become warm while another has not that it has no budget', async () => {
  const { id } = await address('192.0.2.4')
  for (let day = 1; day <= 25; day += 1) await passDay(id, { google: ALL, ...(day > 15 ? { yahoo: ALL } : {}) })
  expect((await stateOf(id))?.warmUp?.providers).toMatchObject([
    { provider: 'google', warm: true, lastDays: null },
    { provider: 'yahoo', warm: false },
  ])
})

it('is for operators and the system', async () => {
  const tenant = await fixture.tenant('Curious')
  await expect(endWarmUps(await tenant.member('owner'))).rejects.toEqual(refusal('auth.forbidden'))
})
