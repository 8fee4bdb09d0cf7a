/** Verbs for users, the people who sign in. */
import { isDeliverable } from '../domain/address.ts'
import { AppError } from '../domain/errors.ts'
import { hashPassword, verifyPassword } from '../domain/password.ts'
import { newUuid } from '../domain/uuid.ts'
import { change, type Queries } from '../store/change.ts'
import { deleteSessions } from '../store/sessions.ts'
import { findUser, insertUser, lockAdmins, type StoredUser, type User, type UserChange, updateUser, withoutHash } from '../store/users.ts'
import { notFound } from './access.ts'
import { asTaken, changedFields, given, type Manage, record, requireOperator } from './context.ts'
import { invalid, textField, timeZoneField } from './fields.ts'
import { passwordField } from './passwords.ts'

export type NewUserInput = {
  readonly emailAddress: string
  readonly firstName: string
  readonly lastName?: string
  /** Null for a user who signs in elsewhere. */
  readonly password: string | null
  readonly admin?: boolean
  readonly timeZone?: string
}

const NAME_MAX = 100
const TAKEN = 'Another user has this e-mail address.'

/** @throws AppError `auth.forbidden`, `input.invalid`, `user.taken` */
export async function createUser(manage: Manage, input: NewUserInput): Promise<User> {
  requireOperator(manage)
  const emailAddress = emailField(input.emailAddress)
  const firstName = textField('firstName', input.firstName, NAME_MAX)
  const lastName = lastNameField(input.lastName ?? '')
  const password = input.password === null ? null : passwordField(input.password, [emailAddress, `${firstName} ${lastName}`])
  const user: StoredUser = {
    id: manage.newId(),
    uuid: newUuid(manage.randomBytes),
    emailAddress,
    firstName,
    lastName,
    passwordHash: password === null ? null : await hashPassword(password),
    admin: input.admin ?? false,
    timeZone: timeZoneField(input.timeZone ?? 'UTC'),
    disabledAt: null,
    createdAt: manage.clock(),
  }
  await change(manage.db, async (tx) => {
    await insertUser(tx, user).catch(asTaken('user.taken', 'emailAddress', TAKEN))
    await record(tx, manage, { action: 'user.created', subjectId: user.id, details: { emailAddress, admin: user.admin } })
  })
  return withoutHash(user)
}

function emailField(value: string): string {
  const address = value.trim()
  if (!isDeliverable(address)) throw invalid('emailAddress', 'emailAddress must be a mail address such as ada@example.com.')
  return address
}

const lastNameField = (value: string): string => (value.trim() === '' ? '' : textField('lastName', value, NAME_MAX))

export type UserInput = {
  readonly id: number
  readonly emailAddress?: string
  readonly firstName?: string
  readonly lastName?: string
  readonly timeZone?: string
  readonly admin?: boolean
}

/** Users may change their own names and time zone. @throws AppError `user.not_found`, `auth.forbidden`, `input.invalid`, `user.taken` */
export async function updateUserSettings(manage: Manage, { id, ...input }: UserInput): Promise<User> {
  const own = manage.actor.type === 'user' && manage.actor.id === id
  if (!own || input.admin !== undefined || input.emailAddress !== undefined) requireOperator(manage)
  if (own && input.admin === false)
    throw invalid('admin', 'You cannot take the administrator right from yourself; another administrator can.')
  const changes = given({
    emailAddress: input.emailAddress === undefined ? undefined : emailField(input.emailAddress),
    firstName: input.firstName === undefined ? undefined : textField('firstName', input.firstName, NAME_MAX),
    lastName: input.lastName === undefined ? undefined : lastNameField(input.lastName),
    timeZone: input.timeZone === undefined ? undefined : timeZoneField(input.timeZone),
    admin: input.admin,
  })
  // A session must not outlive the right that it was opened with.
  const rightChanged = changes.admin !== undefined || changes.emailAddress !== undefined
  return apply(manage, id, { changes, verb: 'updated', endSessions: rightChanged })
}

/** By an operator; all sessions of the user end. @throws AppError `user.not_found`, `auth.forbidden`, `input.invalid` */
export async function setPassword(manage: Manage, { id, password }: { id: number; password: string }): Promise<User> {
  requireOperator(manage)
  const user = await getUser(manage.db, id)
  const passwordHash = await hashPassword(passwordField(password, [user.emailAddress, `${user.firstName} ${user.lastName}`]))
  return apply(manage, id, { changes: { passwordHash }, verb: 'password_set', endSessions: true })
}

export type OwnPasswordInput = { readonly currentPassword: string; readonly password: string; readonly sessionId: number }

/** By the user; all other sessions end. @throws AppError `auth.invalid`, `input.invalid` */
export async function changeOwnPassword(manage: Manage, { currentPassword, password, sessionId }: OwnPasswordInput): Promise<void> {
  if (manage.actor.type !== 'user') throw new AppError('auth.forbidden', 'Only users have a password of their own.')
  const user = await getUser(manage.db, manage.actor.id)
  if (!(await verifyPassword(currentPassword, user.passwordHash ?? undefined)))
    throw new AppError('auth.invalid', 'The current password is not right.', { field: 'currentPassword' })
  const passwordHash = await hashPassword(passwordField(password, [user.emailAddress, `${user.firstName} ${user.lastName}`]))
  await change(manage.db, async (tx) => {
    await updateUser(tx, user.id, { passwordHash })
    await deleteSessions(tx, user.id, sessionId)
    await record(tx, manage, { action: 'user.password_changed', subjectId: user.id })
  })
}

/** From now on the user cannot sign in, and all sessions end. @throws AppError `user.not_found`, `auth.forbidden`, `input.invalid` */
export async function disableUser(manage: Manage, { id }: { id: number }): Promise<User> {
  requireOperator(manage)
  if (manage.actor.type === 'user' && manage.actor.id === id) throw invalid('id', 'You cannot disable yourself; another administrator can.')
  return apply(manage, id, { changes: { disabledAt: manage.clock() }, verb: 'disabled', endSessions: true })
}

export async function enableUser(manage: Manage, { id }: { id: number }): Promise<User> {
  requireOperator(manage)
  return apply(manage, id, { changes: { disabledAt: null }, verb: 'enabled', endSessions: false })
}

async function getUser(db: Queries, id: number): Promise<StoredUser> {
  const user = await findUser(db, { id })
  if (!user) throw notFound('user')
  return user
}

type Step = { readonly changes: UserChange; readonly verb: string; readonly endSessions: boolean }

async function apply(manage: Manage, id: number, { changes, verb, endSessions }: Step): Promise<User> {
  const user = await getUser(manage.db, id)
  await change(manage.db, async (tx) => {
    if (changes.admin === false || changes.disabledAt) await refuseLastAdmin(tx, id)
    await updateUser(tx, id, changes).catch(asTaken('user.taken', 'emailAddress', TAKEN))
    if (endSessions) await deleteSessions(tx, id)
    await record(tx, manage, {
      action: `user.${verb}`,
      subjectId: id,
      details: { changed: changedFields(changes).filter((name) => name !== 'passwordHash') },
    })
  })
  return withoutHash({ ...user, ...changes })
}

async function refuseLastAdmin(tx: Queries, id: number): Promise<void> {
  const admins = await lockAdmins(tx)
  if (admins.length === 1 && admins[0] === id) throw invalid('id', 'This is the last administrator; make another user one first.')
}
