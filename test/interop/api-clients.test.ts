/** Unmodified clients of Postal against the web role, over TLS behind a proxy: as applications use it, with nothing changed but the host name. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseMail } from '@posthaste/core/mail/parse.ts'
import { readRawMails } from '@posthaste/core/store/raw-mails.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addTenant, type Tenant } from '../support/api-v1.ts'
import { startTlsFront, type TlsFront } from '../support/tls-front.ts'
import { startTestWeb, type TestWeb } from '../support/web.ts'

const run = promisify(execFile)
const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
/** The old Node client knows port 443 only, so that the front needs an address of its own. */
const HOST = '127.0.0.43'
/** Debian's; a `python3` earlier in the path is another one without the package. */
const PYTHON = '/usr/bin/python3'
const mayBind443 = process.getuid?.() === 0

let web: TestWeb
let front: TlsFront
let tenant: Tenant & { domain: string }
beforeAll(async () => {
  web = await startTestWeb({ env: { POSTAL_WEB_HOSTNAME: HOST } })
  front = await startTlsFront({ address: HOST, port: mayBind443 ? 443 : 0, to: web.port })
  const made = await addTenant(web)
  tenant = { ...made, domain: `shop${made.mailServerId}.test` }
})
afterAll(async () => {
  await front[Symbol.asyncDispose]()
  await web[Symbol.asyncDispose]()
})

const FORGED = { message: 'The From address is not authorised to send mail from this server', code: 'UnauthenticatedFromAddress' }
const BAD_KEY = { message: 'The API token provided in X-Server-API-Key was not valid.', code: 'InvalidServerAPIKey' }

type StoredRow = { readonly raw_mail_id: number; readonly rcpt_to: string; readonly tag: string | null }

async function stored(id: number) {
  const [rows] = await web.db.$client.query('SELECT raw_mail_id, rcpt_to, tag FROM messages WHERE id = ?', [id])
  const [row] = rows as unknown as StoredRow[]
  const raw = row && (await readRawMails(web.db, [row.raw_mail_id])).get(row.raw_mail_id)
  if (!row || !raw) throw new Error(`message ${id} is not stored`)
  return { rcptTo: row.rcpt_to, tag: row.tag, mail: parseMail(raw) }
}

describe('@atech/postal', () => {
  it.skipIf(!mayBind443)('sends composed and raw mail and learns why not', async () => {
    const options = { env: { ...process.env, NODE_EXTRA_CA_CERTS: front.caPath, NODE_NO_WARNINGS: '1' } }
    const { stdout } = await run(process.execPath, [beside('api-postal-node.cjs'), HOST, tenant.key, tenant.domain], options)
    const { sent, raw, refusal, badKey } = JSON.parse(stdout)
    expect(Object.keys(sent)).toEqual(['ana@client.test', 'bob@client.test', 'log@client.test'])
    expect(Object.keys(raw)).toEqual(['raw@client.test'])
    expect(sent['ana@client.test']).toEqual({ id: expect.any(Number), token: expect.stringMatching(/^[A-Za-z0-9]{16}$/) })
    const { rcptTo, tag, mail } = await stored(sent['ana@client.test'].id)
    expect({ rcptTo, tag }).toEqual({ rcptTo: 'Ana@client.test', tag: 'order' })
    expect(mail).toMatchObject({ plainBody: 'Hello', htmlBody: '<p>Hello</p>', attachments: [{ filename: 'note.txt', size: 5 }] })
    expect(Object.fromEntries(mail.headers)).toMatchObject({
      subject: ['Grüße'],
      'x-order': ['7781'],
      'reply-to': [`help@${tenant.domain}`],
    })
    expect(mail.headers.get('received')?.[0]).toContain('[127.0.0.1]')
    expect((await stored(raw['raw@client.test'].id)).mail.headers.get('subject')).toEqual(['Raw'])
    expect(refusal).toEqual(FORGED)
    expect(badKey).toMatchObject(BAD_KEY)
  })
})

describe('django-anymail', () => {
  const there = existsSync('/usr/lib/python3/dist-packages/anymail')
  if (!there) console.warn('SKIPPED: django-anymail is not here; apt-get install --no-install-recommends python3-django-anymail')

  it.skipIf(!there)('sends through its Postal backend and raises what it should', async () => {
    const options = { env: { ...process.env, REQUESTS_CA_BUNDLE: front.caPath } }
    const { stdout } = await run(PYTHON, [beside('api-anymail.py'), `https://${HOST}:${front.port}`, tenant.key, tenant.domain], options)
    const { sent, forged, badKey } = JSON.parse(stdout)
    expect(Object.keys(sent).sort()).toEqual(['ana@xn--bcher-kva.example', 'bob@client.test', 'jane@client.test', 'log@client.test'])
    expect(Object.values(sent)).toEqual(Array(4).fill([expect.any(Number), 'queued']))
    const { tag, mail } = await stored(sent['jane@client.test'][0])
    expect(tag).toBe('order')
    expect(mail).toMatchObject({ plainBody: 'Hello', htmlBody: '<p>Hello</p>' })
    expect(mail.attachments.map(({ filename, data }) => [filename, data.toString()])).toEqual([
      ['note.txt', 'Grüße'],
      ['empty.bin', ''],
    ])
    expect(Object.fromEntries(mail.headers)).toMatchObject({
      subject: ['Grüße'],
      from: [`"Orders, Inc." <orders@${tenant.domain}>`],
      to: ['"Doe, Jané" <jane@client.test>, ana@xn--bcher-kva.example'],
      'x-order': ['7781'],
      'x-float': ['1.5'],
    })
    expect(mail.headers.has('bcc')).toBe(false)
    expect(forged).toMatchObject({ status: 'error', data: FORGED })
    expect(badKey).toMatchObject({ status: 'error', data: BAD_KEY })
  })
})

describe('curl', () => {
  const curl = async (...args: string[]) => {
    const { stdout } = await run('curl', ['-sS', '--cacert', front.caPath, '-H', `X-Server-API-Key: ${tenant.key}`, ...args])
    return JSON.parse(stdout)
  }
  const url = (action: string) => `https://${HOST}:${front.port}/api/v1/${action}`
  const mail = () => JSON.stringify({ from: `a@${tenant.domain}`, to: 'b@client.test', plain_body: 'Hello' })

  it('sends in the JSON form', async () => {
    const sent = await curl('-H', 'Content-Type: application/json; charset=UTF-8', '-d', mail(), url('send/message/'))
    expect(sent).toMatchObject({ status: 'success', flags: {}, data: { messages: { 'b@client.test': { id: expect.any(Number) } } } })
  })

  it('sends and reads in the wrapped form of the Ruby client', async () => {
    const ruby = ['-A', 'Moonrope Ruby Library/1.0.5']
    const sent = await curl(...ruby, '--data-urlencode', `params=${mail()}`, url('send/message'))
    const { id, token } = sent.data.messages['b@client.test']
    const read = await curl(
      ...ruby,
      '-G',
      '--data-urlencode',
      `params=${JSON.stringify({ id, _expansions: ['status'] })}`,
      url('messages/message'),
    )
    expect(read).toMatchObject({ status: 'success', data: { id, token, status: { status: 'Pending' } } })
  })
})
