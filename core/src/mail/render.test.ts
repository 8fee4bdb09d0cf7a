import fc from 'fast-check'
import { dkimVerify } from 'mailauth/lib/dkim/verify'
import { expect, it } from 'vitest'
import { dkimRecord, generateDkimKey } from './dkim-keys.ts'
import { readHeaders, splitMail } from './headers.ts'
import { planRender, type RenderInput, render } from './render.ts'

const rsa = await generateDkimKey('rsa')
const ed25519 = await generateDkimKey('ed25519')
const signers = [
  { domain: 'shop.example', selector: 'r', key: rsa.privateKey },
  { domain: 'shop.example', selector: 'e', key: ed25519.privateKey },
]
const createdAt = new Date('2026-03-01T10:20:29Z')
const message = { token: 'AbCdEfGh12345678', scope: 'outgoing', createdAt } as const
const tracking = {
  clicks: true,
  opens: true,
  excludedDomains: [],
  linkFor: (_url: string, index: number) => `https://t.example/c/${index}`,
  pixelUrl: 'https://t.example/o/1',
}

const MAIL = [
  'Received: by mx.example with HTTP; Sun, 01 Mar 2026 10:20:29 +0000',
  'From: a@shop.example',
  'To: b@client.example',
  'Bcc: hidden@client.example',
  'X-Postal-MsgID: forged',
  'X-Posthaste-Tag: news',
  'X-Postal-Track: opens',
  'Subject: Hello',
  'Content-Type: text/html',
  '',
  '<a href="https://example.com/">x</a>',
  '',
].join('\r\n')

const input = (more: Partial<RenderInput> = {}): RenderInput => ({
  raw: Buffer.from(MAIL),
  message,
  returnPath: 'abcdef+AbCdEfGh12345678@rp.example',
  resentSender: true,
  tracking: null,
  signers,
  ...more,
})
const names = (mail: Buffer) => readHeaders(mail).map(({ name }) => name)

async function verdicts(raw: Buffer): Promise<string[]> {
  const records: Record<string, string> = {
    'r._domainkey.shop.example': dkimRecord(rsa.privateKey),
    'e._domainkey.shop.example': ed25519.record,
  }
  const { results } = await dkimVerify(raw, { resolver: async (name: string) => [[records[name] ?? '']], curTime: createdAt })
  return results.map(({ status }) => String(status.result))
}

it('puts signatures on top, then our fields, and leaves out what was meant for us', async () => {
  const mail = await render(input())
  expect(names(mail)).toEqual([
    ...['dkim-signature', 'dkim-signature', 'resent-sender', 'x-postal-msgid'],
    ...['received', 'from', 'to', 'subject', 'content-type'],
  ])
  expect(mail.toString()).toContain('X-Postal-MsgID: AbCdEfGh12345678\r\n')
  expect(mail.toString()).toContain('Resent-Sender: abcdef+AbCdEfGh12345678@rp.example\r\n')
  expect(mail.toString()).not.toMatch(/forged|hidden@/)
  expect(await verdicts(mail)).toEqual(['pass', 'pass'])
})

it('signs what tracking has made of the mail', async () => {
  const raw = Buffer.from(MAIL.replace('X-Postal-Track: opens\r\n', ''))
  const mail = await render(input({ raw, tracking }))
  expect(mail.toString()).toContain('<a href="https://t.example/c/0">x</a>')
  expect(mail.toString()).toContain("<img src='https://t.example/o/1'")
  expect(await verdicts(mail)).toEqual(['pass', 'pass'])
})

it('adds one-click unsubscription under the signature, unless the author has their own', async () => {
  const mail = await render(input({ unsubscribeUrl: 'https://t.example/u/1' }))
  expect(mail.toString()).toContain('List-Unsubscribe: <https://t.example/u/1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n')
  expect(await verdicts(mail)).toEqual(['pass', 'pass'])
  expect(await verdicts(Buffer.from(mail.toString().replace('/u/1', '/u/2')))).toEqual(['fail', 'fail'])
  const own = Buffer.from(`List-Unsubscribe: <mailto:u@shop.example>\r\n${MAIL}`)
  expect((await render(input({ raw: own, unsubscribeUrl: 'https://t.example/u/1' }))).toString()).not.toContain('/u/1')
})

it('writes no Resent-Sender when it is off or when there is no sender', async () => {
  expect(names(await render(input({ resentSender: false })))).not.toContain('resent-sender')
  expect(names(await render(input({ returnPath: '' })))).not.toContain('resent-sender')
})

it('forwards incoming mail as it came, with Resent-Sender alone', async () => {
  const mail = await render(input({ message: { ...message, scope: 'incoming' } }))
  expect(mail.toString()).toBe(`Resent-Sender: abcdef+AbCdEfGh12345678@rp.example\r\n${MAIL}`)
})

it('makes one signature for recipients that get the same content', async () => {
  const plan = planRender(Buffer.from(MAIL))
  const one = await render(input({ plan }))
  const other = await render(input({ plan, message: { ...message, token: 'ZZZZZZZZ12345678' }, returnPath: 'other@rp.example' }))
  expect(plan.signatures.size).toBe(1)
  expect(await verdicts(one)).toEqual(['pass', 'pass'])
  expect(await verdicts(other)).toEqual(['pass', 'pass'])
  expect(other.toString()).toContain('ZZZZZZZZ12345678')
})

it('ends a broken mail so that our fields never touch its body', async () => {
  const mail = await render(input({ raw: Buffer.from('From: a@shop.example\nSubject: x') }))
  expect(mail.toString()).toMatch(/From: a@shop.example\r\nSubject: x\r\n\r\n$/)
  expect(await verdicts(mail)).toEqual(['pass', 'pass'])
})

it('gives the same bytes for the same input, with a plan or without, and keeps the body of untracked mail', async () => {
  const piece = fc.constantFrom(
    'A: b\r\n',
    'From: x\r\n',
    ' y\r\n',
    '\r\n',
    '\n',
    'ü',
    '\xff',
    '<a href="https://x.example/">',
    'Content-Type: text/html\r\n',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.uint8Array(), fc.boolean(), async (pieces, tail, tracked) => {
      const raw = Buffer.concat([Buffer.from(`From: a@shop.example\r\n${pieces.join('')}`, 'latin1'), tail])
      const made = input({ raw, tracking: tracked ? tracking : null, signers: signers.slice(1) })
      const mail = await render(made)
      expect((await render({ ...made, plan: planRender(raw) })).equals(mail)).toBe(true)
      expect(await verdicts(mail)).toEqual(['pass'])
      const { bodyStart, headerEnd } = splitMail(mail)
      expect(bodyStart).toBeGreaterThan(headerEnd)
    }),
    { numRuns: 400 },
  )
})
