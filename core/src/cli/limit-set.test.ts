/** Limits of sites are set, shown and lifted on the command line. */
import { expect, it } from 'vitest'
import { startCliFixture } from './cli.fixture.ts'
import { EXIT } from './run.ts'

it('sets a limit for a while, shows it in plain words, and lifts it', async () => {
  await using cli = await startCliFixture()
  const { answer, posthaste } = cli
  const said = await posthaste('limit set google --suspend --for 2h --reason Maintenance')
  expect(said.out).toMatch(
    /^The site is google\. Nothing is sent there until .*, set by hand, because of: Maintenance\nTo end it before: posthaste limit lift \d+\n$/,
  )
  await answer('limit set nowhere.example --rate 30')
  await answer('limit set nowhere.example --connections 2 --for 30m')
  const limits = await answer('limit list')
  expect(limits).toMatchObject([
    { site: 'google', kind: 'suspend', amount: null, rule: 'by-hand' },
    { site: 'nowhere.example', kind: 'rate', amount: 30 },
    { site: 'nowhere.example', kind: 'connections', amount: 2 },
  ])
  expect((await posthaste('explain site nowhere.example')).out).toMatch(
    /At most 30 messages a minute are sent there until .*, set by hand\.\n/,
  )
  for (const wrong of [
    'limit set a.example',
    'limit set a.example --suspend --rate 3',
    'limit set a.example --suspend --for soon',
    'limit set a.example --rate 0',
  ])
    expect([wrong, (await posthaste(wrong)).code]).toEqual([wrong, EXIT.refused])
  for (const { id } of limits) expect((await posthaste(`limit lift ${id}`)).out).toBe('The limit has ended.\n')
  expect(await answer('limit list')).toEqual([])
  expect((await answer('audit list')).map(({ action }: { action: string }) => action)).toContain('site_limit.set')
})
