/** What commands about users ask for, from options or from whoever sits there. */
import { AppError } from '../domain/errors.ts'
import type { Manage } from '../manage/context.ts'
import { findUser, type StoredUser } from '../store/users.ts'
import type { Context } from './command.ts'
import { UsageError } from './usage.ts'

type Wanted = { readonly option: string; readonly question: string; readonly hidden?: boolean }

/** @throws UsageError when it was not given and there is nobody to ask */
export async function givenOrAsked(
  { ask }: Context,
  value: string | undefined,
  { option, question, hidden = false }: Wanted,
): Promise<string> {
  if (value !== undefined) return value
  if (!ask) throw new UsageError(`${option} is needed.`, option.replace(/^--/, ''))
  return ask(question, { hidden })
}

/** Twice when a person types it, because it cannot be read back. */
export async function passwordOf(context: Context, value: string | undefined): Promise<string> {
  const password = await givenOrAsked(context, value, { option: '--password', question: 'Password (at least 12 characters)', hidden: true })
  if (value !== undefined || !context.ask) return password
  if ((await context.ask('The same again', { hidden: true })) !== password) throw new UsageError('The two passwords differ.', 'password')
  return password
}

/** @throws AppError `user.not_found` */
export async function userOf({ db }: Manage, emailAddress: string): Promise<StoredUser> {
  const user = await findUser(db, { emailAddress })
  if (!user) throw new AppError('user.not_found', `There is no user ${emailAddress}; see posthaste user list.`, { field: 'email' })
  return user
}
