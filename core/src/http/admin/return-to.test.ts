/** What `return_to` may lead to. */
import { expect, it } from 'vitest'
import { safeReturnTo } from './return-to.ts'

const ORIGIN = 'https://postal.example.com'

it.each(['/', '/org/acme', '/org/acme/servers/shop/messages/outgoing?q=status%3A%20held&before=12', '/a%20b'])(
  'leads to our page %j',
  (wish) => {
    expect(safeReturnTo(wish, ORIGIN)).toBe(wish)
  },
)

it.each([
  undefined,
  '',
  'org/acme',
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/%09/evil.example',
  '/%2f%2fevil.example',
  '/%2F/evil.example',
  '/%5cevil.example',
  '/%255cevil.example',
  '/org\r\nSet-Cookie: a=b',
  '/org%0d%0aSet-Cookie:a=b',
  '/./\\evil.example',
  '/.//evil.example',
  '/%',
  '/login?return_to=/x',
  '/logout',
  'javascript:alert(1)',
])('leads to the start page instead of %j', (wish) => {
  expect(safeReturnTo(wish, ORIGIN)).toBe('/')
})
