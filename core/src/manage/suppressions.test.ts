/** The suppression list is kept by people too: added to, searched, emptied, carried from one system to another; never across tenants. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createManageFixture, type ManageFixture, refusal, type Tenant } from './manage.fixture.ts'
import { linesOf, readSuppressionLine } from './suppression-lines.ts'
import { exportSuppressions, importSuppressions, suppress, suppressionsOf, unsuppress } from './suppressions.ts'

const DAY_MS = 86_400_000
let fixture: ManageFixture
let acme: Tenant
let zeta: Tenant
beforeAll(async () => {
  fixture = await createManageFixture()
  acme = await fixture.tenant('Acme')
  zeta = await fixture.tenant('Zeta')
})
afterAll(() => fixture[Symbol.asyncDispose]())

const addresses = async (tenant: Tenant, page: { after?: string; limit?: number; search?: string } = {}) =>
  (await suppressionsOf(fixture.manage, { mailServerId: tenant.mailServerId, ...page })).map(({ address }) => address)

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const exported = async (tenant: Tenant): Promise<string> =>
  (await allOf(exportSuppressions(fixture.manage, { mailServerId: tenant.mailServerId }))).join('')

it('takes an address in any spelling, ends by the reason or by days, and gives it back', async () => {
  const { manage } = fixture
  const { mailServerId } = acme
  const added = await suppress(manage, { mailServerId, address: ' Ana@Bücher.EXAMPLE ', reason: 'asked by phone' })
  expect(added).toMatchObject({ address: 'ana@xn--bcher-kva.example', source: 'manual', keepUntil: null })
  const { keepUntil } = await suppress(manage, { mailServerId, address: 'ANA@xn--bcher-kva.example', reason: 'mailbox full' })
  expect(keepUntil).toEqual(new Date(manage.clock().getTime() + 15 * DAY_MS))
  await suppress(manage, { mailServerId, address: 'bob@a.test', days: 1 })
  expect(await addresses(acme)).toEqual(['ana@xn--bcher-kva.example', 'bob@a.test'])
  fixture.passMs(2 * DAY_MS)
  expect(await addresses(acme)).toEqual(['ana@xn--bcher-kva.example'])
  expect(await unsuppress(manage, { mailServerId, address: 'ana@BÜCHER.example' })).toBe(true)
  expect(await unsuppress(manage, { mailServerId, address: 'ana@BÜCHER.example' })).toBe(false)
  expect(await addresses(acme)).toEqual([])
  const audited = (await fixture.audited()).filter((action) => action.startsWith('suppression.'))
  expect(audited).toEqual(['suppression.added', 'suppression.added', 'suppression.added', 'suppression.removed'])
})

it('refuses what is no address, readers who would change it, and strangers altogether', async () => {
  const { mailServerId } = acme
  await expect(suppress(fixture.manage, { mailServerId, address: 'nobody' })).rejects.toEqual(refusal('input.invalid', 'address'))
  await expect(suppress(fixture.manage, { mailServerId, address: 'a@b.test', days: 0 })).rejects.toEqual(refusal('input.invalid', 'days'))
  const reader = await acme.member('reader')
  expect(await suppressionsOf(reader, { mailServerId })).toEqual([])
  await expect(suppress(reader, { mailServerId, address: 'a@b.test' })).rejects.toEqual(refusal('auth.forbidden'))
  await expect(importSuppressions(reader, { mailServerId, chunks: ['a@b.test'] })).rejects.toEqual(refusal('auth.forbidden'))
  const stranger = await zeta.member('owner')
  for (const attempt of [
    () => suppressionsOf(stranger, { mailServerId }),
    () => suppress(stranger, { mailServerId, address: 'a@b.test' }),
    () => unsuppress(stranger, { mailServerId, address: 'a@b.test' }),
    () => allOf(exportSuppressions(stranger, { mailServerId })),
  ])
    await expect(attempt()).rejects.toEqual(refusal('mail_server.not_found'))
})

it('imports lines and CSV, tells bad lines by number, and does no harm the second time', async () => {
  const { mailServerId } = zeta
  const text = [
    'Email,Reason',
    '# from the old system',
    'Eva@A.test',
    '',
    'not an address',
    '"x,y"@a.test',
    '"kim@a.test","unknown user",2027-06-01T00:00:00Z\r',
    'lea@a.test;complaint',
    'max@a.test,full,someday',
    `${'z'.repeat(5_000)}@a.test`,
  ].join('\n')
  const chunks = text.match(/[\s\S]{1,7}/g) ?? []
  const imported = await importSuppressions(fixture.manage, { mailServerId, chunks })
  expect(imported).toMatchObject({ added: 3, refused: 4 })
  expect(imported.mistakes.map(({ line }) => line)).toEqual([5, 6, 9, 10])
  expect(imported.mistakes[0]?.problem).toBe('has no mail address, but "not an address"')
  const listed = await suppressionsOf(fixture.manage, { mailServerId })
  expect(listed.map(({ address, reason, keepUntil, source }) => [address, reason, keepUntil?.getUTCMonth() ?? null, source])).toEqual([
    ['eva@a.test', 'imported', null, 'import'],
    ['kim@a.test', 'unknown user', 5, 'import'],
    ['lea@a.test', 'complaint', null, 'import'],
  ])
  expect(await importSuppressions(fixture.manage, { mailServerId, chunks })).toMatchObject({ added: 3 })
  expect(await addresses(zeta)).toHaveLength(3)
  expect((await fixture.audited()).at(-1)).toBe('suppression.imported')
})

it('exports what another mail server imports unchanged', async () => {
  const before = await exported(zeta)
  expect(before).toMatch(/^address,reason,keep_until,source,created_at\neva@a\.test,imported,never,import,/)
  const result = await importSuppressions(fixture.manage, { mailServerId: acme.mailServerId, chunks: [before] })
  expect(result).toEqual({ added: 3, refused: 0, mistakes: [] })
  const withoutTime = (text: string) => text.replaceAll(/,[^,]*\n/g, '\n')
  expect(withoutTime(await exported(acme))).toBe(withoutTime(before))
})

it('pages and searches by address in a list of thousands, imported as a stream', async () => {
  const { mailServerId } = await fixture.tenant('Bulk')
  const lines = function* () {
    for (let n = 0; n < 2_500; n += 1) yield `user${String(n).padStart(4, '0')}@bulk.test\n`
  }
  expect(await importSuppressions(fixture.manage, { mailServerId, chunks: lines() })).toMatchObject({ added: 2_500, refused: 0 })
  const bulk: Tenant = { ...acme, mailServerId }
  expect(await addresses(bulk, { limit: 2, after: 'user0999@bulk.test' })).toEqual(['user1000@bulk.test', 'user1001@bulk.test'])
  expect(await addresses(bulk, { search: 'R249' })).toHaveLength(10)
  expect(await addresses(bulk, { search: '%' })).toEqual([])
  expect((await exported(bulk)).split('\n')).toHaveLength(2_502)
})

it('holds no more of a line than it could ever need', async () => {
  const [line] = await allOf(linesOf(Array.from({ length: 1_000 }, () => 'x'.repeat(1_000))))
  expect(line?.text.length).toBeLessThan(3_100)
  expect(line && readSuppressionLine(line)).toBe('is too long')
})
