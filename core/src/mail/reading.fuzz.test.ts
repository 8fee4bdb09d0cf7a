/** Real bounces, bent and broken: reading one for display and judging who sent it end in an answer, and soon. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { judgeSender } from './authenticate.ts'
import { parseMail } from './parse.ts'

/** Thousands by hand or at night, hundreds in every check. */
const RUNS = Number(process.env.POSTHASTE_FUZZ_RUNS ?? 300)
/** Of a mail of some kilobytes, which takes two. */
const CPU_MAX_MS = 1_000

const CORPUS = fileURLToPath(new URL('../../../test/corpus/bounces/', import.meta.url))
const MAILS = readdirSync(CORPUS)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => readFileSync(`${CORPUS}${name}`))

/** What readers of mail look for. */
const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  ' ',
  '\t',
  '"',
  '(',
  '<',
  ';',
  '=',
  '=?utf-8?B?',
  '=?x?Q?=FF?=',
  "*0*=utf-8''%",
  '--',
  '\0',
  '\xff',
  'Content-Type: multipart/mixed; boundary=\r\n',
  'Content-Type: message/rfc822\r\n',
  'Content-Transfer-Encoding: base64\r\n',
  'Content-Transfer-Encoding: quoted-printable\r\n',
  'Content-Type: text/plain; charset=iso-2022-jp\r\n',
  'Received: from a (b [192.0.2.1])\r\n',
  'Received: from a (b [IPv6:::])\r\n',
  'From: a@b.test, c@d.test\r\n',
  'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=b.test; s=s; l=-1; h=from; bh=; b=\r\n',
  'ARC-Seal: i=1; a=rsa-sha256; cv=none; d=b.test; s=s; b=AAAA\r\n',
  'Authentication-Results: mx.mail.test;\r\n spf=pass\r\n',
]

/** Where, as a share of the mail; how much is replaced; by what. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.oneof(fc.constant(0), fc.nat(20), fc.nat(2_000)),
  added: fc.oneof(
    fc.constantFrom(...TOKENS).map((token) => Buffer.from(token, 'latin1')),
    fc.tuple(fc.constantFrom(...TOKENS), fc.integer({ min: 2, max: 500 })).map(([token, n]) => Buffer.from(token.repeat(n), 'latin1')),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(fc.nat(MAILS.length - 1), fc.nat(1_000), fc.nat(300)).map(([n, from, length]) => piece(n, from, length)),
  ),
})
const piece = (n: number, from: number, length: number): Buffer => MAILS[n]?.subarray(from, from + length) ?? Buffer.alloc(0)

type Change = { readonly at: number; readonly removed: number; readonly added: Buffer }

/** Half of all mails are bent in the header, which is the smaller part and the one that decides. */
function bent(raw: Buffer, { at, removed, added }: Change): Buffer {
  const start = Math.floor(at < 0.5 ? at * 2 * Math.min(raw.length, 2_000) : (at - 0.5) * 2 * raw.length)
  return Buffer.concat([raw.subarray(0, start), added, raw.subarray(start + removed)])
}

const mail = fc
  .tuple(fc.nat(MAILS.length - 1), fc.array(change, { maxLength: 6 }))
  .map(([n, changes]) => changes.reduce(bent, piece(n, 0, Number.POSITIVE_INFINITY)))

async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage()
  await work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

it(`reads ${RUNS} bent mails for display`, { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(mail, async (raw) => {
      let parsed: ReturnType<typeof parseMail> | undefined
      expect(
        await cpuOf(() => {
          parsed = parseMail(raw)
        }),
      ).toBeLessThan(CPU_MAX_MS)
      expect(parsed?.plainBody ?? '').toBeTypeOf('string')
      for (const { filename, data, size } of parsed?.attachments ?? []) {
        expect(filename).not.toBe('')
        expect(data.length).toBe(size)
        expect(size).toBeLessThanOrEqual(raw.length)
      }
    }),
    { numRuns: RUNS },
  )
})

/** Answers at once, each question in one of the ways that there are. */
const ANSWERS = ['v=spf1 -all', 'v=spf1 include:b.test redirect=c.test', 'v=DMARC1; p=reject', 'v=DKIM1; p=AAAA', '\0', '']
const resolver = (salt: number) => async (name: string, type: string) => {
  const answer = ANSWERS[(name.length + salt) % (ANSWERS.length + 2)]
  if (answer === undefined) throw Object.assign(new Error(type), { code: salt % 2 ? 'ENOTFOUND' : 'ESERVFAIL' })
  return type === 'TXT' ? [[answer]] : type === 'MX' ? [{ exchange: 'mx.b.test', priority: 10 }] : ['192.0.2.1']
}

const VERDICT = /^(pass|fail|softfail|neutral|none|policy|temperror|permerror|skipped)$/

it(`judges the senders of ${RUNS} bent mails`, { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(mail, fc.constantFrom('', 'a@b.test', 'a', '@', 'ü@bücher.test', 'a@b@c'), fc.nat(20), async (raw, mailFrom, salt) => {
      const facts = { mailFrom, hostname: 'mx.mail.test', resolve: resolver(salt) }
      let judged: Awaited<ReturnType<typeof judgeSender>> | undefined
      expect(
        await cpuOf(async () => {
          judged = await judgeSender(raw, facts)
        }),
      ).toBeLessThan(CPU_MAX_MS)
      const { spf, dkim, dmarc, arc } = judged?.verdicts ?? { spf: '', dkim: [], dmarc: '', arc: '' }
      for (const verdict of [spf, dmarc, arc, ...dkim.map(({ result }) => result)]) expect(verdict).toMatch(VERDICT)
      expect(judged?.header).toMatch(/^Authentication-Results: mx\.mail\.test;(?:[^\r\n]|\r\n[ \t])*\r\n$/)
    }),
    { numRuns: RUNS },
  )
})
