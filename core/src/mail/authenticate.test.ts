/** Who sent a mail is found out with bounded work, whatever the mail holds. */
import { expect, it } from 'vitest'
import { isForged, judgeSender, type Resolve } from './authenticate.ts'

const nothing = async () => {
  throw Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' })
}

it('looks at ten signatures, however many there are', async () => {
  const signature = (n: number) =>
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=d${n}.test; s=s; l=${n}; h=from:subject;\r\n bh=AAAA; b=AAAA\r\n`
  const signatures = Array.from({ length: 200 }, (_, n) => signature(n)).join('')
  const raw = Buffer.from(`${signatures}From: ana@d0.test\r\nSubject: Hi\r\n\r\n${'Hello\r\n'.repeat(100)}`)
  const { verdicts } = await judgeSender(raw, { mailFrom: 'ana@d0.test', hostname: 'postal.test', resolve: nothing })
  expect(verdicts.dkim.map(({ domain }) => domain)).toEqual(Array.from({ length: 10 }, (_, n) => `d${n}.test`))
})

it.each([
  ['a million short lines', 3, ' \r\n', 0, 'relaxed'],
  ['blanks in a large mail', 24, `${' '.repeat(24)}\r\n`, 2, 'simple'],
  ['blanks without end', 2, ' ', 10, 'relaxed'],
])(
  'hashes %s for few signatures',
  async (_what, megabytes, line, looked, canonical) => {
    const signature = (n: number) =>
      `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/${canonical}; d=d${n}.test; s=s; l=${900_000_000 + n}; h=from; bh=AAAA; b=AAAA\r\n`
    const signatures = Array.from({ length: 12 }, (_, n) => signature(n)).join('')
    const raw = Buffer.concat([Buffer.from(`${signatures}From: ana@d0.test\r\n\r\n`), Buffer.alloc(megabytes * 1024 * 1024, line)])
    const before = process.threadCpuUsage()
    const { verdicts } = await judgeSender(raw, { mailFrom: 'ana@d0.test', hostname: 'postal.test', resolve: nothing })
    const { user, system } = process.threadCpuUsage(before)
    expect(verdicts.dkim.filter(({ domain }) => domain !== '').length).toBe(looked)
    expect((user + system) / 1_000).toBeLessThan(5_000)
  },
  60_000,
)

const MAIL = [
  'Received: from mx.d0.test (mx.d0.test [192.0.2.1])\r\n\tby mx.mail.test with ESMTPS; Mon, 02 Mar 2026 09:00:01 +0000',
  'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=d0.test; s=s; h=from; bh=g3zLYH4xKxcPrHOD18z9YfpQcnk/GaJedfustWU5uGs=; b=AAAA',
  'From: ana@d0.test',
  '',
  'test',
  '',
].join('\r\n')
const judged = (resolve: Resolve, deadlineMs?: number) =>
  judgeSender(Buffer.from(MAIL), { mailFrom: 'ana@d0.test', hostname: 'postal.test', resolve, ...(deadlineMs ? { deadlineMs } : {}) })
const UNKNOWN = { spf: 'temperror', dkim: [{ domain: 'd0.test', selector: 's', result: 'temperror' }], dmarc: 'temperror' }

it.each(['ESERVFAIL', 'ETIMEOUT', 'EREFUSED', 'ECONNREFUSED'])(
  'takes a resolver that says %s for a failure that may pass',
  async (code) => {
    const failing = async () => {
      throw Object.assign(new Error(code), { code })
    }
    const { verdicts, header } = await judged(failing)
    expect(verdicts).toMatchObject(UNKNOWN)
    expect(isForged(verdicts)).toBe(false)
    expect(header).toContain('spf=temperror')
  },
)

it('waits for slow name servers no longer than for all questions together', async () => {
  const started = Date.now()
  const { verdicts } = await judged(() => new Promise(() => undefined), 300)
  expect(Date.now() - started).toBeLessThan(5_000)
  expect(verdicts).toMatchObject(UNKNOWN)
})

it('judges who may send for the author of a mail whose header is made to hurt, as if it were not signed', async () => {
  const zone: Readonly<Record<string, string>> = { 'TXT d0.test': 'v=spf1 ip4:192.0.2.1 -all', 'TXT _dmarc.d0.test': 'v=DMARC1; p=reject' }
  const resolve: Resolve = async (name, type) => {
    const found = zone[`${type} ${name}`]
    return found ? [[found]] : nothing()
  }
  const raw = Buffer.from(MAIL.replace('From:', `X-Long: ${'a\r\n '.repeat(100_000)}\r\nFrom:`))
  const { verdicts } = await judgeSender(raw, { mailFrom: 'ana@d0.test', hostname: 'postal.test', resolve })
  expect(verdicts).toMatchObject({ spf: 'pass', dmarc: 'pass', dmarcPolicy: 'reject', dkim: [{ result: 'none' }] })
})
