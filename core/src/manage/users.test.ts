import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listSessions } from '../store/sessions.ts'
import { findUser, listMembers } from '../store/users.ts'
import { createManageFixture, type ManageFixture, refusal } from './manage.fixture.ts'
import { removeMembership, setMembership } from './memberships.ts'
import { revokeOtherSessions, revokeSession, sessionByToken, signIn, signOut } from './sessions.ts'
import { changeOwnPassword, createUser, disableUser, enableUser, setPassword, updateUserSettings } from './users.ts'

let fixture: ManageFixture
beforeAll(async () => {
  fixture = await createManageFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const PASSWORD = 'correct horse battery'
let made = 0
const person = (more: object = {}) => {
  made += 1
  return createUser(fixture.manage, {
    emailAddress: `user${made}@example.com`,
    firstName: 'Ada',
    lastName: 'Love',
    password: PASSWORD,
    ...more,
  })
}
const MINUTE_MS = 60_000
const enter = (emailAddress: string, more: object = {}) =>
  signIn(fixture.manage, { emailAddress, password: PASSWORD, ipAddress: '192.0.2.1', userAgent: 'test', ...more })

describe('users', () => {
  it('are kept with an argon2id hash that is never shown', async () => {
    const user = await person()
    expect(user).toMatchObject({ admin: false, hasPassword: true })
    expect(user).not.toHaveProperty('passwordHash')
    expect((await findUser(fixture.manage.db, user))?.passwordHash).toMatch(/^\$argon2id\$/)
  })

  it.each([
    ['a short password', { password: 'elevenchars' }, 'password'],
    ['the address as password', { emailAddress: 'somebody@example.com', password: 'Somebody@example.com' }, 'password'],
    ['one letter for a password', { password: 'aaaaaaaaaaaaaaaa' }, 'password'],
    ['an address without a domain', { emailAddress: 'ada' }, 'emailAddress'],
    ['no first name', { firstName: '' }, 'firstName'],
  ])('refuse %s and name the field', async (_, wrong, field) => {
    await expect(person(wrong)).rejects.toEqual(refusal('input.invalid', field))
  })

  it('have addresses of their own in any case, also when two are made at once', async () => {
    const both = await Promise.allSettled(['twin@example.com', 'TWIN@example.com'].map((emailAddress) => person({ emailAddress })))
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'user.taken', field: 'emailAddress' } })
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('are managed by operators; the rest only change their own names', async () => {
    const user = await person()
    const self = fixture.as({ type: 'user', id: user.id, operator: false, ipAddress: null })
    expect(await updateUserSettings(self, { id: user.id, firstName: 'Grace' })).toMatchObject({ firstName: 'Grace' })
    await expect(updateUserSettings(self, { id: user.id, admin: true })).rejects.toEqual(refusal('auth.forbidden'))
    await expect(createUser(self, { emailAddress: 'x@example.com', firstName: 'x', password: null })).rejects.toEqual(
      refusal('auth.forbidden'),
    )
  })

  it('always leave one administrator', async () => {
    const [first, second] = [await person({ admin: true }), await person({ admin: true })]
    const one = fixture.as({ type: 'user', id: first.id, operator: true, ipAddress: null })
    await expect(updateUserSettings(one, { id: first.id, admin: false })).rejects.toEqual(refusal('input.invalid', 'admin'))
    const both = await Promise.allSettled([first, second].map(({ id }) => disableUser(fixture.manage, { id })))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('signing in', () => {
  it('gives a token that leads to the user until signing out', async () => {
    const user = await person()
    const { token } = await enter(user.emailAddress.toUpperCase())
    expect(await sessionByToken(fixture.manage, token)).toMatchObject({ user: { id: user.id } })
    const [rows] = await fixture.manage.db.$client.query('SELECT HEX(token_hash) AS hash FROM sessions')
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(token).toString('hex').toUpperCase())
    await signOut(fixture.manage, { token, ipAddress: '192.0.2.1' })
    expect(await sessionByToken(fixture.manage, token)).toBeUndefined()
  })

  it('refuses a wrong password, an unknown user and a disabled one in the same words', async () => {
    const user = await person()
    await disableUser(fixture.manage, user)
    const other = await person()
    const attempts = [enter(other.emailAddress, { password: 'wrong wrong wrong' }), enter('nobody@example.com'), enter(user.emailAddress)]
    const refusals = (await Promise.allSettled(attempts)).map((end) => (end.status === 'rejected' ? String(end.reason) : 'let in'))
    expect(new Set(refusals)).toEqual(new Set(['AppError: E-mail address or password is not right.']))
    await enableUser(fixture.manage, user)
    await expect(enter(user.emailAddress)).resolves.toMatchObject({ user: { id: user.id } })
  })

  it('stops guessing after ten attempts, also when all are made at once, but lets other places in', async () => {
    const user = await person()
    const from = { ipAddress: '198.51.100.1' }
    const guesses = Array.from({ length: 14 }, () => enter(user.emailAddress, { ...from, password: 'wrong wrong wrong' }))
    const codes = (await Promise.allSettled(guesses)).map((end) => (end.status === 'rejected' ? end.reason.code : 'let in'))
    expect(codes.filter((code) => code === 'auth.invalid')).toHaveLength(10)
    expect(codes.filter((code) => code === 'auth.throttled')).toHaveLength(4)
    await expect(enter(user.emailAddress, from)).rejects.toEqual(refusal('auth.throttled'))
    await expect(enter(user.emailAddress, { ipAddress: '198.51.100.2' })).resolves.toBeDefined()
    fixture.passMs(16 * MINUTE_MS)
    await expect(enter(user.emailAddress, from)).resolves.toBeDefined()
  })

  it('does not count attempts that succeed', async () => {
    const user = await person()
    for (let n = 0; n < 12; n += 1) await enter(user.emailAddress, { ipAddress: '198.51.100.9' })
  })
})

describe('sessions', () => {
  it('end after half a day of rest, and a remembered one after two months', async () => {
    const user = await person()
    const short = await enter(user.emailAddress)
    const long = await enter(user.emailAddress, { remember: true })
    const alive = async (token: string) => (await sessionByToken(fixture.manage, token)) !== undefined
    fixture.passMs(11 * 60 * MINUTE_MS)
    expect(await alive(short.token)).toBe(true)
    fixture.passMs(11 * 60 * MINUTE_MS)
    expect([await alive(short.token), await alive(long.token)]).toEqual([true, true])
    fixture.passMs(13 * 60 * MINUTE_MS)
    expect([await alive(short.token), await alive(long.token)]).toEqual([false, true])
    fixture.passMs(60 * 24 * 60 * MINUTE_MS)
    expect(await alive(long.token)).toBe(false)
  })

  it('end when an operator sets the password, and all but one when the user does', async () => {
    const user = await person()
    const [kept, other] = [await enter(user.emailAddress), await enter(user.emailAddress)]
    const self = fixture.as({ type: 'user', id: user.id, operator: false, ipAddress: null })
    const change = (currentPassword: string) =>
      changeOwnPassword(self, { currentPassword, password: 'another long secret', sessionId: kept.session.id })
    await expect(change('not the password')).rejects.toEqual(refusal('auth.invalid', 'currentPassword'))
    await change(PASSWORD)
    expect(await sessionByToken(fixture.manage, other.token)).toBeUndefined()
    expect(await sessionByToken(fixture.manage, kept.token)).toBeDefined()
    await setPassword(fixture.manage, { id: user.id, password: PASSWORD })
    expect(await sessionByToken(fixture.manage, kept.token)).toBeUndefined()
  })

  it('are listed and revoked by their user, and unknown to others', async () => {
    const [user, stranger] = [await person(), await person()]
    const [first, second] = [await enter(user.emailAddress), await enter(user.emailAddress)]
    const as = (id: number) => fixture.as({ type: 'user', id, operator: false, ipAddress: null })
    await expect(revokeSession(as(stranger.id), first.session)).rejects.toEqual(refusal('session.not_found'))
    expect(await revokeOtherSessions(as(user.id), { userId: user.id, keepId: second.session.id })).toBe(1)
    const left = await listSessions(fixture.manage.db, user.id, fixture.manage.clock())
    expect(left.map(({ id }) => id)).toEqual([second.session.id])
  })
})

describe('memberships', () => {
  it('are given by admins up to their own role', async () => {
    const { organizationId, member } = await fixture.tenant('Roles')
    const [admin, owner] = [await member('admin'), await member('owner')]
    const { id: userId } = await person()
    await setMembership(admin, { organizationId, userId, role: 'reader' })
    await expect(setMembership(admin, { organizationId, userId, role: 'owner' })).rejects.toEqual(refusal('auth.forbidden', 'role'))
    await setMembership(owner, { organizationId, userId, role: 'owner' })
    await expect(removeMembership(admin, { organizationId, userId })).rejects.toEqual(refusal('auth.forbidden', 'role'))
    await expect(setMembership(await member('member'), { organizationId, userId, role: 'reader' })).rejects.toEqual(
      refusal('auth.forbidden'),
    )
    await removeMembership(owner, { organizationId, userId })
    await expect(removeMembership(owner, { organizationId, userId })).rejects.toEqual(refusal('membership.not_found', 'userId'))
  })

  it('leave an organization its last owner', async () => {
    const { organizationId } = await fixture.tenant('Owned')
    const { id: userId } = await person()
    await setMembership(fixture.manage, { organizationId, userId, role: 'owner' })
    await expect(setMembership(fixture.manage, { organizationId, userId, role: 'admin' })).rejects.toEqual(refusal('input.invalid', 'role'))
    await expect(removeMembership(fixture.manage, { organizationId, userId })).rejects.toEqual(refusal('input.invalid', 'role'))
    expect(await listMembers(fixture.manage.db, organizationId)).toMatchObject([{ role: 'owner', user: { id: userId } }])
  })
})
