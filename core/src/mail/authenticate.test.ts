/** Who sent a mail is found out with bounded work, whatever the mail holds. */
import { expect, it } from 'vitest'
import { judgeSender } from './authenticate.ts'

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
