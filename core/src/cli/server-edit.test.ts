import { expect, it } from 'vitest'
import { startCliFixture } from './cli.fixture.ts'
import { EXIT } from './run.ts'

it('edits the settings of a mail server', async () => {
  await using cli = await startCliFixture()
  const { answer, posthaste } = cli
  await answer('org create Acme')
  await answer('server create Shop')
  expect(
    await answer('server edit shop --outbound-spam-threshold 6.5 --virus fail --send-limit 100 --privacy --raw-days none'),
  ).toMatchObject({
    ...{ outboundSpamThreshold: 6.5, virusMode: 'fail', sendLimit: 100, privacyMode: true, rawRetentionDays: null, mode: 'live' },
  })
  expect(await answer('server edit shop --outbound-spam-threshold none --postmaster help@acme.example')).toMatchObject({
    ...{ outboundSpamThreshold: null, virusMode: 'fail', sendLimit: 100, postmasterAddress: 'help@acme.example' },
  })
  expect(await posthaste('server edit shop --virus eat')).toMatchObject({ code: EXIT.refused, err: expect.stringContaining('virusMode') })
  expect((await posthaste('server edit shop --send-limit much')).code).not.toBe(EXIT.done)
  expect((await posthaste('audit list')).out).toMatch(/mail_server\.updated/)
})
