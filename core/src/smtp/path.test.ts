/** What is a path, what is a parameter, and what is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './command-line.ts'
import { checkMailParameters, checkRcptParameters, readMailParameters } from './parameters.ts'
import { parsePath } from './path.ts'

const from = (argument: string) => parsePath(argument, 'FROM')
const address = (argument: string) => {
  const path = from(argument)
  return path === undefined || path === 'no_word' ? path : path.address
}

describe('a path', () => {
  it.each([
    ['FROM:<ana@shop.test>', 'ana@shop.test'],
    ['from: <ana@shop.test>', 'ana@shop.test'],
    ['FROM : ana@shop.test', 'ana@shop.test'],
    ['FROM:<>', ''],
    ['FROM:', ''],
    ['FROM:<@a.test,@b.test:ana@shop.test>', 'ana@shop.test'],
    ['FROM:<"a b"@shop.test>', '"a b"@shop.test'],
    ['FROM:<"a>b\\""@shop.test>', '"a>b\\""@shop.test'],
    ['FROM:<root>', 'root'],
    ['FROM:<ana@[192.0.2.1]>', 'ana@[192.0.2.1]'],
    ['FROM:<用户@例え.jp> SMTPUTF8', '用户@例え.jp'],
  ])('is read from %s', (argument, expected) => {
    expect(address(argument)).toBe(expected)
  })

  it.each([
    'FROM:<ana@shop.test',
    'FROM:<ana@shop.test>SIZE=1',
    'FROM:<a b@shop.test>',
    'FROM:<a<b@shop.test>',
    'FROM:<a@b c>',
    'FROM:<a@b> =1',
    'FROM:<a@b> SIZE=1 size=2',
    `FROM:<${'a'.repeat(321)}@shop.test>`,
  ])('is not %s', (argument) => {
    expect(address(argument)).toBeUndefined()
  })

  it.each(['ana@shop.test', 'TO:<ana@shop.test>', 'FROMM:<a@b>', ''])('needs its word before it, unlike %j', (argument) => {
    expect(address(argument)).toBe('no_word')
  })

  it('is what was said, whatever was said', () => {
    const local = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,30}$/)
    const parameters = fc.uniqueArray(fc.stringMatching(/^[A-Z][A-Z0-9-]{0,9}$/), { maxLength: 4 })
    fc.assert(
      fc.property(local, fc.domain(), parameters, (name, domain, names) => {
        const said = `${name}@${domain}`
        const path = from(`FROM:<${said}> ${names.map((parameter) => `${parameter}=x`).join('  ')}`)
        expect(path).toEqual({ address: said, parameters: names.map((parameter) => ({ name: parameter, value: 'x' })) })
      }),
    )
  })

  it('never fails, and never lets brackets or blanks out of an unquoted address', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const found = address(`FROM:${text}`)
        if (found && !found.includes('"')) expect(found).not.toMatch(/[<>\s]/)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('parameters', () => {
  const of = (text: string) => {
    const path = from(`FROM:<> ${text}`)
    return typeof path === 'object' ? path.parameters : []
  }

  it.each(['SIZE=1000', 'BODY=7BIT', 'body=8bitmime', 'SMTPUTF8', 'RET=FULL', 'ENVID=QQ+2B', 'AUTH=<>', 'AUTH=a+2Bb@c.test'])(
    'of MAIL may be %s',
    (text) => {
      expect(checkMailParameters(of(text))).toBeUndefined()
    },
  )

  it.each([
    'SIZE',
    'SIZE=',
    'SIZE=-1',
    'SIZE=1e9',
    `SIZE=${'9'.repeat(21)}`,
    'BODY=BINARYMIME',
    'SMTPUTF8=1',
    'RET=ALL',
    'ENVID=+0d',
    'AUTH=',
  ])('of MAIL may not be %s', (text) => {
    expect(checkMailParameters(of(text))).toMatchObject({ code: 501, enhanced: '5.5.4' })
  })

  it('that nobody knows are refused by their name, even those that every object has', () => {
    expect(checkMailParameters(of('X-FOO'))).toMatchObject({ code: 555, text: 'Parameter X-FOO is not supported' })
    expect(checkRcptParameters(of('CONSTRUCTOR=1'))).toMatchObject({ code: 555 })
  })

  it('tell the size', () => {
    expect(readMailParameters(of('SIZE=123 SMTPUTF8'))).toEqual({ size: 123, smtpUtf8: true })
    expect(readMailParameters([])).toEqual({ size: null, smtpUtf8: false })
  })
})

it('a verb is a whole word, and never fails to be read', () => {
  expect(parseCommandLine('quit')).toEqual({ verb: 'QUIT', argument: '' })
  expect(parseCommandLine('HELO: name ')).toEqual({ verb: 'HELO', argument: 'name' })
  expect(parseCommandLine('QUITX').verb).toBe('QUITX')
  expect(parseCommandLine(' QUIT').verb).toBe('')
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => /^[A-Z]*$/.test(parseCommandLine(line).verb)))
})
