import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeWords, parseAddressList } from './addresses.ts'
import { hasHugeHeader, lastHeader, prependHeaders, readHeaders, removeHeaders, splitMail, withBlankLine } from './headers.ts'
import { normaliseLineEndings } from './line-endings.ts'

const split = (text: string) => {
  const raw = Buffer.from(text)
  const { headerEnd, bodyStart } = splitMail(raw)
  return [raw.toString('utf8', 0, headerEnd), raw.toString('utf8', bodyStart)]
}
const values = (text: string | Buffer) => readHeaders(Buffer.from(text)).map(({ name, value }) => [name, value])

describe('the header section', () => {
  it.each([
    ['A: b\r\n\r\nbody', ['A: b\r\n', 'body']],
    ['A: b\n\nbody\n', ['A: b\n', 'body\n']],
    ['\r\nbody', ['', 'body']],
    ['A: b\r\n', ['A: b\r\n', '']],
    ['A: b', ['A: b', '']],
    ['A: b\r\n\r\n', ['A: b\r\n', '']],
    ['', ['', '']],
    ['A: b\r\n \r\nC: d\r\n\r\nx\r\n\r\ny', ['A: b\r\n \r\nC: d\r\n', 'x\r\n\r\ny']],
  ])('of %j ends at the blank line', (text, parts) => expect(split(text)).toEqual(parts))

  it('unfolds values, keeps the order, and takes a line that is no field as part of the one above', () => {
    const text = 'From me Mon\r\nSubject: a\r\n\tb\r\n  c \r\nnonsense\r\nTo : x@y.example\r\nbad name: 1\r\nX:\r\n\r\nbody: no\r\n'
    expect(values(text)).toEqual([
      ['subject', 'a\tb  c nonsense'],
      ['to', 'x@y.examplebad name: 1'],
      ['x', ''],
    ])
  })

  it('reads UTF-8 values as such and other bytes as Latin-1', () => {
    expect(values('Subject: gr\u00fcn\r\n\r\n')).toEqual([['subject', 'grün']])
    expect(values(Buffer.from('Subject: gr\xfcn\r\n\r\n', 'latin1'))).toEqual([['subject', 'grün']])
  })

  it('says where each field stands', () => {
    const raw = Buffer.from('A: b\r\nC: d\r\n e\r\n\r\n')
    expect(readHeaders(raw).map(({ start, end }) => raw.toString('utf8', start, end))).toEqual(['A: b\r\n', 'C: d\r\n e\r\n'])
  })

  it('takes the last of several fields', () => {
    expect(lastHeader(readHeaders(Buffer.from('A: 1\r\na: 2\r\n\r\n')), 'a')).toBe('2')
  })
})

describe('changing headers', () => {
  it('removes every copy of a field with its folded lines, and nothing else', () => {
    const raw = Buffer.from('Bcc: a@b.example,\r\n c@d.example\r\nTo: x\r\nBCC: e\r\n\r\nBcc: body\r\n')
    expect(removeHeaders(raw, ['bcc']).toString()).toBe('To: x\r\n\r\nBcc: body\r\n')
    expect(removeHeaders(raw, ['x-none'])).toBe(raw)
  })

  it('adds the blank line that a mail lacks', () => {
    expect(prependHeaders(Buffer.from('A: b'), ['X: y\r\n']).toString()).toBe('X: y\r\nA: b\r\n\r\n')
    expect(withBlankLine(Buffer.from('A: b\r\n')).toString()).toBe('A: b\r\n\r\n')
    expect(withBlankLine(Buffer.from('')).toString()).toBe('\r\n')
  })

  it('leaves all other bytes as they are, whatever the mail looks like', () => {
    const piece = fc.constantFrom('A: b', 'Bcc: x', ' folded', '\r\n', '\n', '\r\n\r\n', ':', 'ü', '\x00', 'X-Y: z\r\n')
    fc.assert(
      fc.property(fc.array(piece), fc.uint8Array(), (pieces, tail) => {
        const raw = Buffer.concat([Buffer.from(pieces.join('')), tail])
        const kept = removeHeaders(raw, ['bcc'])
        const gone = readHeaders(raw).filter(({ name }) => name === 'bcc')
        expect(kept.length).toBe(raw.length - gone.reduce((sum, { start, end }) => sum + end - start, 0))
        expect(raw.subarray(raw.length - tail.length)).toEqual(Buffer.from(tail))
        const { bodyStart } = splitMail(raw)
        expect(kept.subarray(kept.length - (raw.length - bodyStart)).equals(raw.subarray(bodyStart))).toBe(true)
      }),
    )
  })
})

describe('line endings', () => {
  it('copies nothing when all are CRLF', () => {
    const raw = Buffer.from('A: b\r\n\r\nc\r\n')
    expect(normaliseLineEndings(raw)).toBe(raw)
  })

  it('turns every lone CR or LF into CRLF and keeps all other bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('\r', '\n', '\r\n', 'a', '\xff', '')), (pieces) => {
        const text = pieces.join('')
        const expected = text.replace(/\r\n|\r|\n/g, '\r\n')
        expect(normaliseLineEndings(Buffer.from(text, 'latin1')).toString('latin1')).toBe(expected)
      }),
    )
  })
})

describe('addresses', () => {
  it.each([
    ['a@b.example', [['', 'a@b.example']]],
    [
      '"Doe, Jane" <j@x.example>, k@x.example',
      [
        ['Doe, Jane', 'j@x.example'],
        ['', 'k@x.example'],
      ],
    ],
    [
      'Team: a@x.example, B <b@x.example>;, c@x.example',
      [
        ['', 'a@x.example'],
        ['B', 'b@x.example'],
        ['', 'c@x.example'],
      ],
    ],
    ['=?utf-8?Q?J=C3=BCrgen?= <j@x.example>', [['Jürgen', 'j@x.example']]],
    ['"odd, local"@x.example', [['', '"odd, local"@x.example']]],
    ['a@x.example (a comment, with comma)', [['a comment, with comma', 'a@x.example']]],
    ['undisclosed-recipients:;', []],
    ['', []],
  ])('reads %j', (text, expected) => {
    expect(parseAddressList(text).map(({ name, address }) => [name, address])).toEqual(expected)
  })

  it('does not take an address out of a quoted name', () => {
    expect(parseAddressList('"<evil@x.example>" <good@y.example>').map(({ address }) => address)).toEqual(['good@y.example'])
  })

  it('decodes words, also those split between characters', () => {
    expect(decodeWords('=?UTF-8?B?R3LDvMOfZQ==?= an =?iso-8859-1?q?J=FCrgen?=')).toBe('Grüße an Jürgen')
    expect(decodeWords('=?utf-8?Q?a=C3?= =?utf-8?Q?=BC?=')).toBe('aü')
    expect(decodeWords('=?broken')).toBe('=?broken')
  })
})

describe('a huge header section', () => {
  const field = 'X-Field: value\r\n'

  it.each([
    ['an ordinary mail with a large body', `${field}\r\n${'x'.repeat(2_000_000)}`, false],
    ['five thousand fields', `${field.repeat(5_000)}\r\nbody`, false],
    ['one more', `${field.repeat(5_001)}\r\nbody`, true],
    ['one more, and no end', field.repeat(5_001), true],
    ['ten thousand recipients in one folded field', `To: a@b.test,\r\n${' someone@somewhere.test,\r\n'.repeat(10_000)}\r\n`, false],
    ['one field of two megabytes', `Subject: ${'x'.repeat(2_000_000)}\r\n\r\nbody`, true],
    ['two megabytes without an end', 'x'.repeat(2_000_000), true],
    ['nothing', '', false],
  ])('is told from others: %s', (_, text, huge) => {
    expect(hasHugeHeader(Buffer.from(text))).toBe(huge)
  })
})
