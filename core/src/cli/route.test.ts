import { afterAll, beforeAll, expect, it } from 'vitest'
import { startCliFixture } from './cli.fixture.ts'
import { EXIT } from './run.ts'

let cli: Awaited<ReturnType<typeof startCliFixture>>
let app: { uuid: string }
let ana: { uuid: string }

beforeAll(async () => {
  cli = await startCliFixture()
  await cli.answer('org create Acme')
  await cli.answer('server create Shop')
  await cli.answer('domain add acme.example')
  app = await cli.answer('endpoint add-http App https://app.example/in')
  ana = await cli.answer('endpoint add-address ana@mailbox.example')
  await cli.answer(`route add help@acme.example --endpoint ${app.uuid}`)
  await cli.answer('route add *@acme.example --mode hold')
})
afterAll(() => cli[Symbol.asyncDispose]())

it('shows a route by its address, with the address to forward to', async () => {
  const { uuid } = await cli.answer('route show help@acme.example')
  const { out } = await cli.posthaste(`route show ${uuid}`)
  expect(out).toMatch(
    /^address {5}help@acme\.example\nforward to {2}\S{8}@routes\.\S+\nmode {8}endpoint\nspam {8}mark\nto {10}http https:\/\/app/,
  )
  expect((await cli.posthaste('route show nobody@acme.example')).err).toContain('There is no route nobody@acme.example')
})

it('edits a route: copies come and go, and address, mode and spam change', async () => {
  const edit = (options: string) => cli.answer(`route edit help@acme.example ${options}`)
  expect(await edit(`--also ${ana.uuid} --spam fail`)).toMatchObject({ endpoints: [app.uuid, ana.uuid], spamMode: 'fail' })
  expect(await edit(`--also ${ana.uuid}`)).toMatchObject({ endpoints: [app.uuid, ana.uuid] })
  expect(await edit(`--not ${ana.uuid}`)).toMatchObject({ endpoints: [app.uuid] })
  expect(await edit('--mode accept')).toMatchObject({ endpoints: [], mode: 'accept' })
  expect(await edit(`--endpoint ${ana.uuid}`)).toMatchObject({ endpoints: [ana.uuid], mode: 'endpoint' })
  expect(await edit('--address support@acme.example')).toMatchObject({ address: 'support@acme.example' })
  await cli.answer('route edit support@acme.example --address help@acme.example')
  expect((await cli.posthaste('route edit help@acme.example')).code).toBe(EXIT.usage)
  expect((await cli.posthaste(`route edit help@acme.example --mode hold --endpoint ${app.uuid}`)).err).toContain('endpoint is only for')
  expect((await cli.posthaste('route edit help@acme.example --address *@acme.example')).err).toContain('There is a route named *')
})

it('tells what would happen to a mail', async () => {
  expect((await cli.posthaste('route test whoever@acme.example')).out).toContain('It is held until somebody releases it.\n')
  expect(await cli.answer('route test x@nowhere.example')).toMatchObject({ outcome: 'refused', route: null })
  expect((await cli.posthaste('route test nonsense')).err).toContain('address must be a whole address')
})

it('finds routes and removes them by their addresses', async () => {
  expect(await cli.answer('route list --search help@')).toMatchObject([{ address: 'help@acme.example' }])
  expect((await cli.posthaste('route list --search zzz')).out).toBe('No route has zzz in its address.\n')
  await cli.answer('route remove *@acme.example')
  expect(await cli.answer('route list')).toHaveLength(1)
})
