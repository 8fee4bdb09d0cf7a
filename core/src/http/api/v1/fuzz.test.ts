/** Whatever is sent to API v1, it answers in its envelope and never with a fault: parameters from their schemas, bent and broken. */
import { addTenant } from '@posthaste/test/support/api-v1.ts'
import { startTestWeb, type TestWeb } from '@posthaste/test/support/web.ts'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** Thousands by hand or at night, hundreds in every check. */
const RUNS = Number(process.env.POSTHASTE_FUZZ_RUNS ?? 100)
const AT_ONCE = 8

let web: TestWeb
let key: string
let domain: string
beforeAll(async () => {
  web = await startTestWeb()
  const made = await addTenant(web, { allowSender: true })
  key = made.key
  domain = `shop${made.mailServerId}.test`
})
afterAll(() => web[Symbol.asyncDispose]())

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('', ' ', 'a\r\nb', '\0', '\ud800', 'x'.repeat(300)))
const anything = fc.oneof(fc.anything({ withNullPrototype: false }), text)
const address = () =>
  fc.oneof(
    fc.emailAddress(),
    text,
    fc.constantFrom(
      `Orders <orders@${domain}>`,
      `orders@${domain}`,
      '"a\\"b" <x@y.test>',
      'group: a@b.test;',
      '<@>',
      '@',
      'a@[127.0.0.1]',
      'Ünï <ü@bücher.test>',
    ),
    fc.tuple(text, fc.emailAddress()).map(([name, mail]) => `${name} <${mail}>`),
  )
/** Right more often than not, so that calls come deep. */
const mostly = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: right, weight: 8 }, { arbitrary: anything, weight: 1 }, { arbitrary: fc.constant(undefined), weight: 1 })
const base64 = fc.oneof(fc.base64String(), text)
const attachment = () =>
  fc.record(
    {
      name: mostly(text),
      content_type: mostly(fc.oneof(text, fc.constantFrom('text/plain', 'multipart/mixed', 'message/rfc822', 'a/b; c="d'))),
      data: mostly(base64),
    },
    { requiredKeys: [] },
  )
const sendMessage = () =>
  fc.record(
    {
      from: mostly(fc.oneof({ arbitrary: fc.constant(`Orders <orders@${domain}>`), weight: 4 }, { arbitrary: address(), weight: 1 })),
      to: mostly(fc.oneof(fc.array(address(), { maxLength: 4 }), address(), fc.constant(['ana@client.test']))),
      cc: mostly(fc.array(fc.emailAddress(), { maxLength: 3 })),
      bcc: mostly(fc.oneof(fc.array(address(), { maxLength: 60 }), fc.constant([]))),
      sender: mostly(address()),
      reply_to: mostly(address()),
      subject: mostly(text),
      plain_body: mostly(text),
      html_body: mostly(text),
      tag: mostly(text),
      bounce: anything,
      headers: mostly(
        fc.dictionary(fc.oneof(text, fc.constantFrom('X-A', 'To', 'From', 'Date', 'Content-Type', '__proto__')), mostly(text)),
      ),
      attachments: mostly(fc.array(mostly(attachment()), { maxLength: 3 })),
    },
    { requiredKeys: [] },
  )
const mail = () =>
  fc
    .tuple(fc.array(fc.tuple(text, text)), text)
    .map(([fields, body]) => `From: a@${domain}\n${fields.map(([name, value]) => `${name}: ${value}\n`).join('')}\n${body}`)
const sendRaw = () =>
  fc.record(
    {
      rcpt_to: mostly(fc.array(fc.oneof(fc.emailAddress(), text), { maxLength: 4 })),
      mail_from: mostly(fc.oneof(fc.emailAddress(), text)),
      data: mostly(
        fc.oneof(
          base64,
          mail().map((raw) => Buffer.from(raw).toString('base64')),
        ),
      ),
      bounce: anything,
    },
    { requiredKeys: [] },
  )
const reading = () =>
  fc.record(
    {
      id: mostly(fc.oneof(fc.integer(), fc.double(), fc.bigInt().map(String))),
      _expansions: mostly(fc.oneof(fc.constant(true), fc.array(text))),
    },
    { requiredKeys: [] },
  )

const call = () =>
  fc.oneof(
    fc.tuple(fc.constant('send/message'), mostly(sendMessage())),
    fc.tuple(fc.constant('send/raw'), mostly(sendRaw())),
    fc.tuple(fc.constantFrom('messages/message', 'messages/deliveries'), mostly(reading())),
  )
const asBody = ([action, parameters]: [string, unknown]) => ({ action, body: toJson(parameters) })
/** Not everything that can be thought of can be written as JSON. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return '{"a":'
  }
}

/** One that is right, so that the depth of the run does not hang on chance. */
const goodRaw = () => {
  const data = Buffer.from(`From: a@${domain}\n\nHello`).toString('base64')
  return asBody(['send/raw', { rcpt_to: ['ana@client.test'], mail_from: `a@${domain}`, data }])
}

it(`answers ${RUNS * AT_ONCE} bent calls in the envelope`, { timeout: 600_000 }, async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(call().map(asBody), { minLength: AT_ONCE, maxLength: AT_ONCE }), fc.boolean(), async (calls, wrapped) => {
      await Promise.all(
        calls.map(async ({ action, body }) => {
          const response = await fetch(`${web.url}/api/v1/${action}`, {
            method: 'POST',
            headers: { 'X-Server-API-Key': key, 'Content-Type': wrapped ? 'application/x-www-form-urlencoded' : 'application/json' },
            body: wrapped ? new URLSearchParams({ params: body }).toString() : body,
          })
          expect([200, 400]).toContain(response.status)
          const answer = await response.json()
          expect(answer).toMatchObject({
            status: expect.stringMatching(/^(success|error|parameter-error)$/),
            time: expect.any(Number),
            flags: {},
          })
          expect(answer.data).toBeTypeOf('object')
          expect(answer.data).not.toBeNull()
          const outcome = `${action} ${answer.status}`
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
        }),
      )
    }),
    { numRuns: RUNS, examples: [[Array.from({ length: AT_ONCE }, goodRaw), false]] },
  )
  for (const action of ['send/message', 'send/raw'])
    for (const status of ['success', 'error', 'parameter-error']) expect([...seen.keys()]).toContain(`${action} ${status}`)
})
