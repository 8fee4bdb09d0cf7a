import { expect, it } from 'vitest'
import { startCliFixture } from './cli.fixture.ts'
import { EXIT } from './run.ts'

it('edits tracking domains', async () => {
  await using cli = await startCliFixture()
  const { answer, posthaste } = cli
  await answer('org create Acme')
  await answer('server create Shop')
  await answer('domain add acme.example')
  const { host } = await answer('tracking-domain add click acme.example --trust')
  expect(await answer(`tracking-domain edit ${host} --offer-unsubscribe --no-opens --exclude a.example,*.b.example`)).toMatchObject({
    ...{ offerUnsubscribe: true, trackOpens: false, trackClicks: true, tls: true },
    excludedClickDomains: 'a.example\n*.b.example',
  })
  expect((await posthaste(`tracking-domain edit ${host} --no-offer-unsubscribe --opens`)).out).toBe(
    `${host}: opens: yes, clicks: yes, https: yes, one-click unsubscribe: no\n`,
  )
  expect((await posthaste('tracking-domain edit nowhere.example --opens')).code).toBe(EXIT.refused)
})
