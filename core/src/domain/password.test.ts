/** What a user's password can rely on. */
import { expect, it } from 'vitest'
import { hashPassword, isOutdated, verifyPassword } from './password.ts'

const PASSWORD = 'correct horse battery staple'

it('takes the right password and no other', async () => {
  const stored = await hashPassword(PASSWORD)
  expect(await verifyPassword(PASSWORD, stored)).toBe(true)
  expect(await verifyPassword(`${PASSWORD}!`, stored)).toBe(false)
  expect(await verifyPassword('', stored)).toBe(false)
})

it('stores a PHC string with its own salt', async () => {
  const [first, second] = await Promise.all([hashPassword(PASSWORD), hashPassword(PASSWORD)])
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(first).not.toBe(second)
  expect(isOutdated(first)).toBe(false)
})

it('takes hashes that other programs made, and asks to renew those of another cost', async () => {
  // From the reference implementation: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1
  const foreign = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  expect(await verifyPassword('password', foreign)).toBe(true)
  expect(isOutdated(foreign)).toBe(true)
})

it('counts every byte of a long password, also after the 72nd', async () => {
  const long = 'x'.repeat(100)
  expect(await verifyPassword(`${long}y`, await hashPassword(`${long}z`))).toBe(false)
})

it('is the same password in whatever way its accents were typed', async () => {
  expect(await verifyPassword('caf\u00e9', await hashPassword('cafe\u0301'))).toBe(true)
})

it('refuses unknown users and hashes that it does not understand', async () => {
  expect(await verifyPassword(PASSWORD, undefined)).toBe(false)
  expect(await verifyPassword(PASSWORD, '$2a$12$abcdefghijklmnopqrstuv')).toBe(false)
  expect(isOutdated('$2a$12$abcdefghijklmnopqrstuv')).toBe(true)
})
