import { expect, it } from 'vitest'
import { startCliFixture } from './cli.fixture.ts'
import { EXIT } from './run.ts'

it('limits the calls of a credential and lifts the limit, and leaves a trace of both', async () => {
  await using cli = await startCliFixture()
  const { answer, posthaste } = cli
  await answer('org create Acme')
  await answer('server create Shop')
  const { uuid } = await answer('credential create Till --calls-per-minute 60')
  expect(await answer('credential list')).toMatchObject([{ callsPerMinute: 60, hold: false }])
  expect(await answer(`credential update ${uuid} --calls-per-minute 600 --hold`)).toMatchObject({
    callsPerMinute: 600,
    hold: true,
    name: 'Till',
  })
  expect((await posthaste('credential list')).out).toMatch(/CALLS A MINUTE[\s\S]* 600 /)
  expect(await answer(`credential update ${uuid} --calls-per-minute 0 --no-hold`)).toMatchObject({ callsPerMinute: null, hold: false })
  expect((await posthaste(`credential update ${uuid} --calls-per-minute=-1`)).code).toBe(EXIT.refused)
  expect((await posthaste(`credential update ${uuid} --calls-per-minute many`)).code).toBe(EXIT.usage)
  expect((await posthaste('credential update none --hold')).code).toBe(EXIT.refused)
  expect((await posthaste('audit list')).out.match(/credential\.updated/g)).toHaveLength(2)
})
