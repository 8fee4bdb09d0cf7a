/** Every mail of the corpus is read as its table says; hostile ones cost little; nothing makes the reader fail. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cpuMs } from '@posthaste/test/support/cpu-time.ts'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { REPORT_KINDS } from '../domain/report-kind.ts'
import { readReport } from './read-report.ts'

const CORPUS = fileURLToPath(new URL('../../../test/corpus/bounces/', import.meta.url))

type Expected = {
  readonly kind: string
  readonly recipients: readonly string[]
  readonly class?: string
  readonly permanent?: boolean
  readonly status?: string | null
  readonly foundBy?: string
  readonly tokens?: readonly string[]
  readonly messageIds?: readonly string[]
}

const expected = JSON.parse(readFileSync(`${CORPUS}expected.json`, 'utf8')) as Record<string, Expected> // written by hand, in this shape

function readFile(name: string) {
  const { original, recipients, ...report } = readReport(readFileSync(CORPUS + name))
  return { ...report, recipients: recipients.map(({ address }) => address), tokens: original.tokens, messageIds: original.messageIds }
}

describe('the corpus', () => {
  const right = { all: 0, kind: 0 }
  const names = Object.keys(expected)

  it.each(names)('reads %s', (name) => {
    const wanted = expected[name]
    const got = readFile(name)
    if (got.kind === wanted?.kind) right.kind += 1
    expect(got).toMatchObject(wanted ?? {})
    right.all += 1
  })

  it('has an expectation for every one of at least 280 mails', () => {
    const mails = readdirSync(CORPUS).filter((name) => name.endsWith('.eml'))
    expect(mails.sort()).toEqual(names.toSorted())
    expect(mails.length).toBeGreaterThanOrEqual(280)
  })

  afterAll(() => {
    process.stdout.write(`bounce corpus: ${right.all} of ${names.length} read exactly, the kind right in ${right.kind}\n`)
  })
})

describe('traces of the original', () => {
  const bounceTo = (address: string) =>
    readReport(Buffer.from(`From: MAILER-DAEMON@x.test\r\nTo: ${address}\r\nSubject: failure notice\r\n\r\n`))

  it('finds the message in the return path', () => {
    expect(bounceTo('wkqdzt+q0Zt7LrWc2YbXn4K@rp.mail.test').original.returnPaths).toEqual([
      { mailServer: 'wkqdzt', message: 'q0Zt7LrWc2YbXn4K' },
    ])
  })

  it('finds it in the envelope when the header names somebody else', () => {
    const report = readReport(Buffer.from('To: <undisclosed>\r\n\r\n'), { rcptTo: 'wkqdzt+q0Zt7LrWc2YbXn4K@rp.mail.test', mailFrom: '' })
    expect(report.original.returnPaths).toEqual([{ mailServer: 'wkqdzt', message: 'q0Zt7LrWc2YbXn4K' }])
  })
})

describe('hostile mail', () => {
  const MEGABYTE = 1024 * 1024
  const repeat = (text: string, bytes: number) => Buffer.alloc(bytes, text)

  function measured(raw: Buffer) {
    const before = process.memoryUsage().rss
    const ms = cpuMs(() => readReport(raw))
    return { ms, grownMb: (process.memoryUsage().rss - before) / MEGABYTE }
  }

  const parts = (count: number) =>
    Buffer.concat([
      Buffer.from('From: MAILER-DAEMON@x.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'),
      ...Array.from({ length: count }, () =>
        Buffer.from('--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822;a@b.test\r\nAction: failed\r\n\r\n'),
      ),
    ])

  const recipients = (count: number) => {
    const groups = Array.from(
      { length: count },
      (_, n) => `Final-Recipient: rfc822;u${n}@b.test\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n`,
    )
    const text = 'We are sorry that something went wrong with this and that.\r\n'.repeat(3_000)
    return Buffer.from(
      `From: MAILER-DAEMON@x.test\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\n${text}\r\n` +
        `--b\r\nContent-Type: message/delivery-status\r\n\r\n${groups.join('')}--b--\r\n`,
    )
  }

  const nested = (depth: number) => {
    const heads = Array.from({ length: depth }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`)
    return Buffer.from(`From: a@b.test\r\n${heads.join('')}\r\nend`)
  }

  it.each([
    ['10 000 parts', () => parts(10_000)],
    ['1 000 levels', () => nested(1_000)],
    ['500 recipients below a long text', () => recipients(500)],
    ['a header of a megabyte', () => Buffer.concat([Buffer.from('Subject: '), repeat('a ', MEGABYTE), Buffer.from('\r\n\r\n')])],
    ['a megabyte of header lines without a colon', () => Buffer.concat([Buffer.from('A: b\r\n'), repeat('aa\r\n', MEGABYTE)])],
    ['a header without end', () => repeat('References: <a@b>\r\n', 5 * MEGABYTE)],
    [
      'an attachment of 50 MB',
      () =>
        Buffer.concat([
          Buffer.from('From: a@b.test\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n'),
          repeat('QUJD\r\n', 50 * MEGABYTE),
        ]),
    ],
    [
      'a text of 50 MB from a mail system',
      () =>
        Buffer.concat([
          Buffer.from('From: MAILER-DAEMON@b.test\r\nSubject: Undeliverable\r\n\r\n'),
          repeat('<a@b.test>: 550 user unknown\r\n', 50 * MEGABYTE),
        ]),
    ],
    [
      'a line of 10 MB of addresses',
      () => Buffer.concat([Buffer.from('From: MAILER-DAEMON@b.test\r\n\r\n'), repeat('a@b.', 10 * MEGABYTE)]),
    ],
    [
      'words that go on for ever',
      () =>
        Buffer.concat([
          Buffer.from('From: MAILER-DAEMON@b.test\r\nSubject: Undeliverable\r\n\r\n'),
          repeat('mailbox user recipient account ', MEGABYTE),
        ]),
    ],
    [
      'HTML that never closes',
      () => Buffer.concat([Buffer.from('From: MAILER-DAEMON@b.test\r\nContent-Type: text/html\r\n\r\n'), repeat('<div><p', 5 * MEGABYTE)]),
    ],
  ])('reads %s within three seconds and 256 MB', (_what, build) => {
    const { ms, grownMb } = measured(build())
    expect(ms).toBeLessThan(3_000)
    expect(grownMb).toBeLessThan(256)
  })
})

describe('fuzzed mail', () => {
  const wellFormed = (raw: Buffer) => {
    const report = readReport(raw)
    expect(REPORT_KINDS).toContain(report.kind)
    expect(report.recipients.length).toBeLessThanOrEqual(500)
    if (report.kind !== 'bounce') expect(report.permanent).toBe(false)
  }

  it('never makes the reader fail, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_000 }), (bytes) => wellFormed(Buffer.from(bytes))),
      { numRuns: 300 },
    )
  })

  it('never makes the reader fail when real reports are cut, doubled and overwritten', () => {
    const mails = Object.keys(expected).map((name) => readFileSync(CORPUS + name))
    const change = fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.uint8Array({ maxLength: 40 }))
    fc.assert(
      fc.property(fc.constantFrom(...mails), change, (mail, [from, length, to, bytes]) => {
        const cut = mail.subarray(from % mail.length, (from % mail.length) + (length % mail.length))
        const at = to % mail.length
        wellFormed(Buffer.concat([mail.subarray(0, at), Buffer.from(bytes), cut, mail.subarray(at)]))
      }),
      { numRuns: 1_500 },
    )
  })

  it('never makes the reader fail on made-up delivery reports and feedback reports', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'Final-Recipient: rfc822;',
        'Action: failed',
        'Status: 5.1.1',
        'Diagnostic-Code: smtp;',
        'Feedback-Type: abuse',
        'Original-Rcpt-To:',
        '',
        ' ',
        '--b',
        '--b--',
      ),
      fc.string({ maxLength: 60 }),
      fc
        .tuple(fc.constantFrom('Final-Recipient', 'Status', 'Action', 'Diagnostic-Code', 'Original-Rcpt-To', 'Source-IP'), fc.string())
        .map(([name, value]) => `${name}: ${value}`),
    )
    const type = fc.constantFrom('message/delivery-status', 'message/feedback-report', 'text/plain', 'message/rfc822', 'text/html')
    fc.assert(
      fc.property(type, fc.array(line, { maxLength: 40 }), (contentType, lines) =>
        wellFormed(
          Buffer.from(
            `From: x@y.test\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: ${contentType}\r\n\r\n${lines.join('\r\n')}`,
          ),
        ),
      ),
      { numRuns: 1_000 },
    )
  })
})
