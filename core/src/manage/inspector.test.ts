/** Mails are inspected beside the program: what is made to take minutes is given up, and keeps nobody waiting. */
import { afterEach, expect, it } from 'vitest'
import { createInspector, type Inspector } from './inspector.ts'

const NOBODY = '127.0.0.1:9' // no name server there
let inspector: Inspector

const opened = (patienceMs: number): Inspector =>
  createInspector({ servers: [NOBODY], timeoutMs: 100, hostname: 'postal.test', patienceMs })

afterEach(() => inspector[Symbol.asyncDispose]())

const plain = Buffer.from(`From: ana@client.test\r\nSubject: Hello\r\n\r\n${'Hello\r\n'.repeat(20_000)}`)
/** Each signature has a body of its own to hash, and a key that no name server gives. */
const signatures = Array.from(
  { length: 10 },
  (_, n) => `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=d${n}.test; s=s; l=${n}; h=from; bh=AAAA; b=AAAA\r\n`,
)
const slow = Buffer.from(`${signatures.join('')}From: ana@d.test\r\n\r\n${'a \r\n'.repeat(400_000)}`)
const offline = { offline: true }

it('gives up a mail that takes too long, and goes on with the next, while the program runs on', async () => {
  inspector = opened(3_000)
  await inspector.inspect(plain, {}, offline)
  let turns = 0
  const turning = setInterval(() => {
    turns += 1
  }, 100)
  await expect(inspector.inspect(slow, {})).rejects.toMatchObject({ code: 'input.invalid', field: 'body' })
  clearInterval(turning)
  expect(turns).toBeGreaterThan(5) // of thirty
  expect(await inspector.inspect(plain, {}, offline)).toMatchObject({ kind: 'ordinary' })
}, 60_000)

it('judges the sender of the largest mails too', async () => {
  inspector = opened(60_000)
  expect(await inspector.inspect(plain, { mailFrom: 'ana@client.test' })).toMatchObject({
    kind: 'ordinary',
    authentication: { dkim: [{ result: 'none' }] },
  })
})

it('takes a few at a time, and tells the others to come later', async () => {
  inspector = opened(60_000)
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => inspector.inspect(plain, {}, offline)))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(8)
  for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'service.busy' })
})
