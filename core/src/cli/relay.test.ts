/** Relays are set, listed with the names of their mail servers, explained and removed on the command line. */
import { expect, it } from 'vitest'
import { startCliFixture } from './cli.fixture.ts'
import { EXIT } from './run.ts'

it('keeps relays, and explains which of them mail goes through', async () => {
  await using cli = await startCliFixture()
  const { answer, posthaste } = cli
  await answer('org create Acme')
  await answer('server create Shop')
  const added = await posthaste('relay add relay.example.com --port 587 --tls starttls --username shop --password hunter2')
  expect(added.out).toMatch(/^Added relay \d+: mail goes through relay\.example\.com:587\.\n$/)
  const spare = await posthaste('relay add 192.0.2.9 --server acme/shop --domain gmail.com')
  expect(spare.out).toContain('mail of acme/shop for gmail.com goes through 192.0.2.9:25.')
  const { out } = await posthaste('relay list')
  expect(out).toMatch(/all +all +relay\.example\.com:587 +starttls +shop\n.* acme\/shop +gmail\.com +192\.0\.2\.9:25 +auto\n$/)
  expect(out).not.toContain('hunter2')
  expect((await posthaste('explain site gmail.com')).out).toContain(
    'Mail for gmail.com goes through the relay relay.example.com:587, which is set for all mail.',
  )
  expect(await posthaste('relay add two,words')).toMatchObject({ code: EXIT.refused, err: expect.stringContaining('host must be') })
  for (const { id } of await answer('relay list')) await answer(`relay remove ${id}`)
  expect((await posthaste('relay list')).out).toContain('None yet')
})
