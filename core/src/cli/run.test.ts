import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMANDS } from './commands.ts'
import { openCli } from './open.ts'
import { EXIT, run } from './run.ts'

let database: TestDatabase
let dns: DnsServer
let directory: string
beforeAll(async () => {
  database = await createTestDatabase()
  dns = await startDnsServer()
  directory = await mkdtemp(join(tmpdir(), 'posthaste-cli-'))
  await writeFile(join(directory, 'master.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
})
afterAll(async () => {
  await rm(directory, { recursive: true })
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const environment = () => ({
  POSTHASTE_DATABASE_SOCKET_PATH: database.options.address.socketPath,
  MAIN_DB_USERNAME: database.options.user,
  MAIN_DB_DATABASE: database.options.database,
  POSTHASTE_DATA_DIR: directory,
  POSTHASTE_DNS_RESOLVERS: dns.address,
  SILENCE_POSTAL_CONFIG_MESSAGES: 'true',
})

type Asked = { readonly answers?: readonly string[]; readonly env?: Readonly<Record<string, string>> }

async function posthaste(line: string | readonly string[], { answers, env = environment() }: Asked = {}) {
  const left = [...(answers ?? [])]
  const said = { out: '', err: '', questions: [] as string[] }
  const clock = () => new Date()
  const code = await run(typeof line === 'string' ? line.split(' ') : line, {
    io: {
      out: (text) => {
        said.out += text
      },
      err: (text) => {
        said.err += text
      },
      ask:
        answers &&
        (async (question) => {
          said.questions.push(question)
          return left.shift() ?? ''
        }),
    },
    open: () => openCli({ clock, tell: () => undefined, env, cwd: directory }),
    clock,
    version: '9.9.9',
  })
  return { code, ...said }
}

/** The answer of a command that must succeed. */
async function answer(line: string | readonly string[]) {
  const { code, out, err } = await posthaste([...(typeof line === 'string' ? line.split(' ') : line), '--json'])
  expect([code, err]).toEqual([EXIT.done, ''])
  return JSON.parse(out)
}

it('leads from nothing to a queued mail', async () => {
  await answer('org create Acme')
  await answer('server create Shop')
  const domain = await answer('domain add acme.example')
  expect(domain.records.map(({ purpose }: { purpose: string }) => purpose)).toEqual(['spf', 'dkim', 'dkim', 'return_path', 'mx'])
  const { key, uuid } = await answer('credential create website')
  expect(key).toMatch(/^[A-Za-z0-9]{24}$/)
  expect(await answer('credential list')).toMatchObject([{ uuid, type: 'api', keyHint: key.slice(0, 4) }])
  expect((await answer('webhook create crm https://crm.example/hook --events MessageSent,MessageBounced')).secret).toMatch(/^whsec_/)
  expect(await answer('tracking-domain add click acme.example --trust --no-tls --port 8787')).toMatchObject({ dnsStatus: 'ok', tls: false })
  const sent = await answer('send somebody@elsewhere.example')
  expect(sent.messages).toMatchObject([{ rcptTo: 'somebody@elsewhere.example' }])
  expect(await answer('status')).toMatchObject({ queue: { ready: 1, claimed: 0 } })
  await answer(`credential revoke ${uuid}`)
  expect(await answer('credential list')).toEqual([])
})

it('checks a domain by DNS and shows what is missing where', async () => {
  const records: { name: string; type: string; value: string }[] = await answer('domain records acme.example')
  for (const { name, type, value } of records) if (type === 'TXT') dns.set({ [name]: { TXT: [value] } })
  expect(await answer('domain check acme.example')).toMatchObject({ ok: true, spfStatus: 'ok', dkimStatus: 'ok', mxStatus: 'missing' })
  const { out } = await posthaste('domain list')
  expect(out).toMatch(/^DOMAIN .*\nacme\.example {2}yes {7}ok {3}ok/)
})

it('shows what was sent to webhooks, and sends it again', async () => {
  const [{ uuid }] = await answer('webhook list')
  expect(await answer('webhook requests --state dead --from 2026-01-01')).toEqual([])
  expect((await posthaste('webhook requests')).out).toBe('Nothing was sent yet.\n')
  expect(await answer(`webhook replay ${uuid} --failed`)).toEqual({ count: 0 })
  expect((await posthaste(`webhook replay ${uuid}`)).code).toBe(EXIT.usage)
  expect((await posthaste('webhook replay-one none')).err).toContain('There is no such webhook request.')
})

it('leads mail of an address to endpoints, and no longer when they are removed', async () => {
  const app = await answer('endpoint add-http App https://app.example/in --format raw --no-attachments --timeout 30')
  expect(app).toMatchObject({ type: 'http', format: 'raw', includeAttachments: false, timeoutSeconds: 30 })
  const box = await answer('endpoint add-smtp Box mail.example --port 2525 --tls starttls --username u --password secret-word')
  const ana = await answer('endpoint add-address ana@elsewhere.example')
  const listed = await posthaste('endpoint list')
  expect(listed.out).toMatch(/http +https:\/\/app\.example\/in.*smtp +mail\.example:2525.*address +ana@elsewhere\.example/s)
  expect(JSON.stringify([box, await answer('endpoint list')])).not.toMatch(/secret-word|passwordSealed/)

  const route = await answer(`route add help@acme.example --endpoint ${app.uuid} --also ${box.uuid},${ana.uuid} --spam quarantine`)
  expect(route).toMatchObject({ name: 'help', mode: 'endpoint', spamMode: 'quarantine' })
  await answer('route add *@acme.example --mode accept')
  await answer(`route add __returnpath__ --endpoint ${app.uuid}`)
  const targets = ['http https://app.example/in', 'smtp mail.example:2525', 'address ana@elsewhere.example']
  expect(await answer('route list')).toMatchObject([{ address: 'help@acme.example', targets }, { address: '*@acme.example' }, {}])
  expect((await posthaste('route add help@nowhere.example --mode accept')).err).toContain('There is no domain nowhere.example')
  expect((await posthaste('route add help --mode accept')).code).toBe(EXIT.usage)

  await answer(`endpoint remove ${app.uuid}`)
  expect(await answer('route list')).toMatchObject([{ mode: 'reject' }, { mode: 'accept' }, { mode: 'reject' }])
  await answer(`route remove ${route.uuid}`)
  expect(await answer('route list')).toHaveLength(2)
  expect((await posthaste(`route remove ${route.uuid}`)).err).toContain('There is no route')
})

describe('users', () => {
  it('are made with a question for what was not given, and the password twice', async () => {
    const { code, out, questions } = await posthaste('user create --email ada@example.com', {
      answers: ['Ada', 'Lovelace', 'correct horse battery', 'correct horse battery'],
    })
    expect([code, out]).toEqual([EXIT.done, 'Created the user ada@example.com.\n'])
    expect(questions).toEqual(['First name', 'Last name', expect.stringContaining('Password'), 'The same again'])
  })

  it('are administrators when made as Postal does', async () => {
    const made = await answer(['make-user', '--email', 'root@example.com', '--first-name', 'Root', '--password', 'correct horse battery'])
    expect(made).toMatchObject({ admin: true, hasPassword: true })
    expect(made).not.toHaveProperty('passwordHash')
  })

  it('are disabled and enabled by address', async () => {
    expect((await answer('user disable ada@example.com')).disabledAt).toEqual(expect.any(String))
    expect(await answer('user enable ada@example.com')).toMatchObject({ disabledAt: null })
    expect(await answer('user set-password ada@example.com --password another.long.secret')).toMatchObject({ hasPassword: true })
  })
})

describe('refusals', () => {
  const told = async (line: string | readonly string[], asked?: Asked) => {
    const { code, out, err } = await posthaste([...(typeof line === 'string' ? line.split(' ') : line), '--json'], asked)
    return { code, out, ...JSON.parse(err).error }
  }

  it.each([
    ['org create ', EXIT.refused, 'input.invalid', 'name'],
    ['domain add co.uk', EXIT.refused, 'input.invalid', 'name'],
    ['domain add acme.example', EXIT.refused, 'domain.taken', 'name'],
    ['domain check other.example', EXIT.refused, 'domain.not_found', 'name'],
    ['server create Shop --org nobody', EXIT.refused, 'organization.not_found', 'org'],
    ['send x@y.example --from somebody@else.example', EXIT.refused, 'sender.not_authorised', 'from'],
    ['user set-password nobody@example.com --password correct.horse.battery', EXIT.refused, 'user.not_found', 'email'],
    ['credential create x --type imap', EXIT.usage, 'usage', 'type'],
    ['user create --first-name Ada', EXIT.usage, 'usage', 'email'],
    ['domain add', EXIT.usage, 'usage', null],
    ['domain plant acme.example', EXIT.usage, 'usage', null],
    ['org create Acme --colour red', EXIT.usage, 'usage', null],
  ])('of "%s" are one JSON document with code and field', async (line, code, name, field) => {
    expect(await told(line)).toMatchObject({ code: name, field, out: '' })
    expect((await posthaste([...line.split(' '), '--json'])).code).toBe(code)
  })

  it('ask for the mail server when there are several', async () => {
    await answer('server create Second')
    expect((await told('credential list')).message).toContain('--server')
    expect(await answer('credential list --server acme/second')).toEqual([])
  })

  it('are sentences for people', async () => {
    const { code, err } = await posthaste('domain add co.uk --server acme/shop')
    expect(code).toBe(EXIT.refused)
    expect(err).toMatch(/^posthaste: name must not be co\.uk, .*\n$/)
  })

  it('say that the database is away, and nothing of how it is reached', async () => {
    const env = { ...environment(), POSTHASTE_DATABASE_SOCKET_PATH: `/tmp/${randomUUID()}.sock` }
    expect(await told('org list', { env })).toMatchObject({ code: 'store.unavailable' })
  })

  it('name the setting that is wrong', async () => {
    const env = { ...environment(), POSTHASTE_MASTER_KEY: 'short' }
    expect((await told('org list', { env })).message).toContain('POSTHASTE_MASTER_KEY')
  })
})

it("shows the installation's DKIM record under both names, the same each time", async () => {
  const [record] = await answer('dkim-record')
  expect(record.name).toBe('postal._domainkey.rp.localhost')
  expect((await posthaste('default-dkim-record')).out).toBe(`${record.value}\n`)
})

it('calls no two commands by the same words', () => {
  const names = COMMANDS.flatMap(({ words, alias }) => [words, ...(alias ? [alias] : [])]).map((words) => words.replace(/ [<[].*/, ''))
  expect(new Set(names).size).toBe(names.length)
})

it('says what a mail is, for people and programs', async () => {
  const file = join(import.meta.dirname, '../../../test/corpus/bounces/001-postfix-unknown.eml')
  const { code, out } = await posthaste(['inspect', file, '--offline', '--json'])
  expect(code).toBe(EXIT.done)
  expect(JSON.parse(out)).toMatchObject({
    kind: 'bounce',
    foundBy: 'delivery_status',
    permanent: true,
    status: '5.1.1',
    authentication: null,
  })
  expect((await posthaste(['inspect', file, '--offline'])).out).toMatch(
    /^kind +bounce \(found by: delivery status\)\n(.+\n)*permanent +yes\n/,
  )
})

it('answers help and version without a database', async () => {
  const env = { POSTAL_CONFIG_FILE_PATH: '/nowhere' }
  expect(await posthaste('version', { env })).toMatchObject({ code: EXIT.done, out: '9.9.9\n' })
  const { code, out } = await posthaste('domain --help', { env })
  expect(code).toBe(EXIT.done)
  expect(out).toContain('rotate-dkim')
})
