/** Address lists, read the quick way where it is certain and by the parser everywhere else. */
import fc from 'fast-check'
import addressparser from 'nodemailer/lib/addressparser'
import { expect, it } from 'vitest'
import { parseAddressList } from './addresses.ts'

it('reads plain addresses as the parser does', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/)
  const address = fc.stringMatching(/^[A-Za-z0-9._+-]{1,8}@[A-Za-z0-9.-]{1,8}$/)
  const text = fc.oneof(
    address,
    fc.tuple(fc.array(word, { minLength: 1, maxLength: 3 }), address).map(([words, bare]) => `${words.join(' ')} <${bare}>`),
    fc.tuple(address, address).map((both) => both.join(', ')),
    fc.stringMatching(/^[a@.<>, ":;()]{0,12}$/),
  )
  fc.assert(
    fc.property(text, (list) => {
      expect(parseAddressList(list)).toEqual(
        addressparser(list, { flatten: true }).map(({ name, address: bare }) => ({ name, address: bare })),
      )
    }),
    { numRuns: 2_000 },
  )
})

it('reads names, comments and groups', () => {
  expect(parseAddressList('=?utf-8?q?Gr=C3=BC=C3=9Fe?= <a@x.test>, b@y.test (Ben), team: c@z.test;')).toEqual([
    { name: 'Grüße', address: 'a@x.test' },
    { name: 'Ben', address: 'b@y.test' },
    { name: '', address: 'c@z.test' },
  ])
})
