/** Operators see who is refused for too many failures, and may end it; nobody else may. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findBlock, recordFailure } from '../store/throttles.ts'
import { blocksInForce, liftBlockBy } from './blocks.ts'
import { createManageFixture, type ManageFixture } from './manage.fixture.ts'

const RULE = { failuresMax: 1, windowMs: 60_000, blockMs: 60_000 }
const address = { kind: 'smtp_auth', subject: '192.0.2.7' }

let fixture: ManageFixture
beforeAll(async () => {
  fixture = await createManageFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

async function fail(times: number): Promise<void> {
  const { db, clock } = fixture.manage
  for (let n = 0; n < times; n += 1) await recordFailure(db, address, RULE, clock())
}

it('are listed while they stand, lifted with all failures, and leave an audit entry', async () => {
  const { manage } = fixture
  await fail(1)
  expect(await blocksInForce(manage)).toEqual([])
  await fail(1)
  expect(await blocksInForce(manage)).toMatchObject([{ ...address, failures: 2, until: new Date(manage.clock().getTime() + RULE.blockMs) }])

  expect(await liftBlockBy(manage, address)).toBe(true)
  expect(await findBlock(manage.db, address.kind, [address.subject], manage.clock())).toBeUndefined()
  expect(await fixture.audited()).toContain('block.lifted')
  expect(await liftBlockBy(manage, address)).toBe(false)
  await fail(1)
  expect(await blocksInForce(manage)).toEqual([])
})

it('end by themselves', async () => {
  await fail(2)
  expect(await blocksInForce(fixture.manage)).toHaveLength(1)
  fixture.passMs(RULE.blockMs + 1)
  expect(await blocksInForce(fixture.manage)).toEqual([])
})

it('are nothing for the owner of an organization', async () => {
  const owner = await (await fixture.tenant('Acme')).member('owner')
  await expect(blocksInForce(owner)).rejects.toMatchObject({ code: 'auth.forbidden' })
  await expect(liftBlockBy(owner, address)).rejects.toMatchObject({ code: 'auth.forbidden' })
})
