/** Limits of sites are set and lifted by operators alone, and who did it can be found. */
import { listAuditEntries } from '@posthaste/core/store/audit.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createManageFixture, type ManageFixture } from './manage.fixture.ts'
import { liftSiteLimitBy, setSiteLimit, siteLimitsInForce } from './site-limits.ts'

let fixture: ManageFixture
beforeAll(async () => {
  fixture = await createManageFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

it('are set for a time, lifted once, and over by themselves', async () => {
  const { manage, passMs } = fixture
  const suspension = await setSiteLimit(manage, {
    site: 'google',
    kind: 'suspend',
    minutes: 120,
    reason: ' Their\tmove? '.replace('\t', ' '),
  })
  expect(suspension).toMatchObject({ site: 'google', sourceIp: '', amount: null, rule: 'by-hand', reply: 'Their move?' })
  expect(suspension.until.getTime() - manage.clock().getTime()).toBe(7_200_000)
  const rate = await setSiteLimit(manage, { site: 'mx.dead.test', kind: 'rate', amount: 30, minutes: 1 })
  expect(await siteLimitsInForce(manage)).toEqual([suspension, rate])

  expect(await liftSiteLimitBy(manage, suspension)).toBe(true)
  expect(await liftSiteLimitBy(manage, suspension)).toBe(false)
  expect(await siteLimitsInForce(manage)).toEqual([rate])
  passMs(60_000)
  expect(await siteLimitsInForce(manage)).toEqual([])
  expect(await liftSiteLimitBy(manage, rate)).toBe(false)
  const audited = (await listAuditEntries(manage.db)).map(({ action, subjectId, details }) => [action, subjectId, details])
  expect(audited).toEqual([
    ['site_limit.lifted', suspension.id, expect.objectContaining({ site: 'google', kind: 'suspend' })],
    ['site_limit.set', rate.id, expect.objectContaining({ site: 'mx.dead.test', kind: 'rate', amount: 30 })],
    ['site_limit.set', suspension.id, expect.objectContaining({ site: 'google' })],
  ])
})

it.each([
  ['kind', { kind: 'move' }],
  ['amount', { kind: 'rate' }],
  ['amount', { kind: 'rate', amount: 0 }],
  ['amount', { kind: 'connections', amount: 1.5 }],
  ['amount', { amount: 3 }],
  ['minutes', { minutes: 0 }],
  ['minutes', { minutes: Number.NaN }],
  ['minutes', { minutes: 31 * 24 * 60 }],
  ['site', { site: ' ' }],
  ['reason', { reason: 'x'.repeat(201) }],
  ['reason', { reason: 'two\nlines' }],
])('says what is wrong with %s', async (field, given) => {
  const before = await siteLimitsInForce(fixture.manage)
  const asked = setSiteLimit(fixture.manage, { site: 'google', kind: 'suspend', minutes: 60, ...given })
  await expect(asked).rejects.toMatchObject({ code: 'input.invalid', field })
  expect(await siteLimitsInForce(fixture.manage)).toEqual(before)
})

it('are not for members', async () => {
  const owner = await (await fixture.tenant('Acme')).member('owner')
  const limit = await setSiteLimit(fixture.manage, { site: 'google', kind: 'suspend', minutes: 60 })
  for (const attempt of [siteLimitsInForce(owner), setSiteLimit(owner, { ...limit, amount: 1, minutes: 1 }), liftSiteLimitBy(owner, limit)])
    await expect(attempt).rejects.toMatchObject({ code: 'auth.forbidden' })
  expect(await siteLimitsInForce(fixture.manage)).toHaveLength(1)
})
