/** What ends the data and what does not, however the network cuts it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataReader } from './data-reader.ts'

type Read = { readonly kind: string; readonly text: string; readonly rest: string; readonly bare: boolean }

function read(input: string, { normalise = false, cuts = [] as number[] } = {}): Read {
  const kept: Buffer[] = []
  const reader = new DataReader({ append: (source, from, to) => void kept.push(Buffer.from(source.subarray(from, to))) }, { normalise })
  const bytes = Buffer.from(input, 'latin1')
  const bounds = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  for (let n = 1; n < bounds.length; n += 1) {
    const chunk = bytes.subarray(bounds[n - 1], bounds[n])
    const { kind, consumed } = reader.feed(chunk)
    if (kind === 'more') continue
    return { kind, text: text(kept), rest: bytes.subarray((bounds[n - 1] ?? 0) + consumed).toString('latin1'), bare: reader.bare }
  }
  return { kind: 'more', text: text(kept), rest: '', bare: reader.bare }
}

const text = (parts: Buffer[]) => Buffer.concat(parts).toString('latin1')

/** The same rule in the plainest words, for whole inputs without lone CR or LF. */
function plain(input: string): { text: string; rest: string } | undefined {
  const lines = input.split('\r\n')
  const end = lines.indexOf('.')
  if (end === -1 || end === lines.length - 1) return undefined
  const kept = lines.slice(0, end).map((line) => `${line.replace(/^\./, '')}\r\n`)
  return { text: kept.join(''), rest: lines.slice(end + 1).join('\r\n') }
}

describe('the end of the data', () => {
  it('is CR LF . CR LF and nothing else', () => {
    expect(read('a\r\n.\r\nQUIT\r\n')).toEqual({ kind: 'end', text: 'a\r\n', rest: 'QUIT\r\n', bare: false })
    expect(read('.\r\nQUIT\r\n')).toEqual({ kind: 'end', text: '', rest: 'QUIT\r\n', bare: false })
  })

  it('loses nothing after it and runs nothing twice', () => {
    expect(read('a\r\n.\r\n.\r\n').rest).toBe('.\r\n')
  })

  it.each(['a\n.\n', 'a\n.\r\n', 'a\r\n.\n', 'a\r.\r', 'a\r.\r\n', 'a\r\n.\rb', '.\n', '.\rb', 'a\r\n.\r\r\n'])(
    'is not %j: whoever ends so is refused',
    (ending) => {
      const attack = read(`${ending}MAIL FROM:<x@y>\r\n`)
      expect(attack.kind).toBe('false_end')
      expect(attack.bare).toBe(true)
    },
  )

  it.each([
    ['a\n.\nb\r\n.\r\n', 'a\r\n.\r\nb\r\n'],
    ['a\n.\r\nb\r\n.\r\n', 'a\r\n.\r\nb\r\n'],
    ['a\r\n.\nb\r\n.\r\n', 'a\r\n.\r\nb\r\n'],
    ['a\r.\rb\r\n.\r\n', 'a\r\n.\r\nb\r\n'],
    ['a\r\n.\rb\r\n.\r\n', 'a\r\n.\r\nb\r\n'],
    ['a\n..b\n\r\n.\r\n', 'a\r\n.b\r\n\r\n'],
    ['a\rb\nc\r\r\n.\r\n', 'a\r\nb\r\nc\r\n\r\n'],
  ])('is not in %j for a client whose line endings are mended', (input, kept) => {
    expect(read(input, { normalise: true })).toEqual({ kind: 'end', text: kept, rest: '', bare: true })
  })
})

it('takes one dot from each line that begins with one', () => {
  expect(read('..\r\n...a\r\n.b\r\nc.\r\n.\r\n').text).toBe('.\r\n..a\r\nb\r\nc.\r\n')
})

it('reads the same however the bytes are cut', () => {
  const piece = fc.constantFrom('\r\n', '.', '\r', '\n', 'a', 'bc', '\r\n.\r\n', '..')
  const input = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(input, fc.array(fc.nat(), { maxLength: 8 }), fc.boolean(), (bytes, cuts, normalise) => {
      expect(read(bytes, { cuts, normalise })).toEqual(read(bytes, { normalise }))
    }),
    { numRuns: 3000 },
  )
})

it('agrees with the rule in plain words', () => {
  const piece = fc.constantFrom('\r\n', '.', 'a', 'bc', '\r\n.\r\n', '..')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (parts) => {
      const input = parts.join('')
      const expected = plain(input)
      const seen = read(input)
      if (expected) expect(seen).toEqual({ kind: 'end', ...expected, bare: false })
      else expect(seen.kind).toBe('more')
    }),
    { numRuns: 3000 },
  )
})

it('leaves no lone CR or LF in what it mends', () => {
  const piece = fc.constantFrom('\r\n', '.', '\r', '\n', 'a')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (parts) => {
      const { text } = read(`${parts.join('')}x\r\n.\r\n`, { normalise: true })
      expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    }),
    { numRuns: 3000 },
  )
})
