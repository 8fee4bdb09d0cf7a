import { expect, it } from 'vitest'
import { startCliFixture } from './cli.fixture.ts'
import { EXIT } from './run.ts'

it('edits endpoints of every type', async () => {
  await using cli = await startCliFixture()
  const { answer, posthaste } = cli
  await answer('org create Acme')
  await answer('server create Shop')
  const app = await answer('endpoint add-http App https://app.example/in --strip-replies')
  const box = await answer('endpoint add-smtp Store mail.example --protocol lmtp --username u --password secret-word')
  const ana = await answer('endpoint add-address ana@elsewhere.example')
  expect((await posthaste('endpoint list')).out).toMatch(/lmtp:\/\/mail\.example:24 /)

  const edited = await answer(`endpoint edit-http ${app.uuid} --url https://new.example/ --no-strip-replies --no-attachments --timeout 9`)
  expect(edited).toMatchObject({ url: 'https://new.example/', stripReplies: false, includeAttachments: false, timeoutSeconds: 9 })
  expect(await answer(`endpoint edit-http ${app.uuid} --attachments`)).toMatchObject({ includeAttachments: true, stripReplies: false })

  expect(edited).toMatchObject({ secrets: 1, postalSignatures: true })
  expect(await answer(`endpoint edit-http ${app.uuid} --no-postal-signatures`)).toMatchObject({
    postalSignatures: false,
    timeoutSeconds: 9,
  })
  expect(await answer(`endpoint secret ${app.uuid}`)).toEqual({ secret: app.secret })
  const { secret } = await answer(`endpoint secret ${app.uuid} --replace`)
  expect(secret).not.toBe(app.secret)
  expect(await posthaste(`endpoint secret ${app.uuid} --replace --retire`)).toMatchObject({ code: EXIT.usage })
  expect(await answer(`endpoint secret ${app.uuid} --retire`)).toEqual({ retired: true })
  expect(await answer(`endpoint secret ${app.uuid}`)).toEqual({ secret })
  expect(await posthaste(`endpoint secret ${box.uuid}`)).toMatchObject({ code: EXIT.usage })

  const refused = await posthaste(`endpoint edit-smtp ${box.uuid} --host other.example`)
  expect(refused).toMatchObject({ code: EXIT.refused, err: expect.stringContaining('Give the password again') })
  const moved = await answer(`endpoint edit-smtp ${box.uuid} --host other.example --port 2424 --password secret-word`)
  expect(moved).toMatchObject({ hostname: 'other.example', port: 2424, username: 'u' })
  expect(JSON.stringify(moved)).not.toMatch(/secret-word|passwordSealed/)
  expect(await answer(`endpoint edit-smtp ${box.uuid} --no-login --port 0`)).toMatchObject({ username: null, port: null })

  expect(await answer(`endpoint edit-address ${ana.uuid} eva@elsewhere.example`)).toMatchObject({ address: 'eva@elsewhere.example' })
  expect(await posthaste(`endpoint edit-address ${box.uuid} eva@elsewhere.example`)).toMatchObject({ code: EXIT.usage })
  expect((await posthaste('audit list')).out.match(/endpoint\.updated/g)?.length).toBeGreaterThanOrEqual(5)
})

it('removes an endpoint with another in its place', async () => {
  await using cli = await startCliFixture()
  const { answer, posthaste } = cli
  await answer('org create Acme')
  await answer('server create Shop')
  const app = await answer('endpoint add-http App https://app.example/in')
  const ana = await answer('endpoint add-address ana@elsewhere.example')
  await answer(`route add __returnpath__ --endpoint ${app.uuid}`)
  const refused = await posthaste(`endpoint remove ${app.uuid} --replace-by ${ana.uuid}`)
  expect(refused).toMatchObject({ code: EXIT.refused, err: expect.stringContaining('only lead to an HTTP endpoint') })
  const next = await answer('endpoint add-http Next https://next.example/in')
  expect(await answer(`endpoint remove ${app.uuid} --replace-by ${next.uuid}`)).toEqual({ removed: app.uuid, replacedBy: next.uuid })
  expect(await answer('route show __returnpath__')).toMatchObject({ mode: 'endpoint', endpoints: [next.uuid] })
  expect((await posthaste(`endpoint remove ${ana.uuid} --replace-by ${app.uuid}`)).code).toBe(EXIT.refused)
  expect(await answer(`endpoint remove ${next.uuid}`)).toEqual({ removed: next.uuid, replacedBy: null })
  expect(await answer('route show __returnpath__')).toMatchObject({ mode: 'reject', endpoints: [] })
})
