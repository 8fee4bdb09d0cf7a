/** `posthaste user create` */
import { z } from 'zod'
import { createUser } from '../../manage/users.ts'
import { type Answer, type Context, command } from '../command.ts'
import { givenOrAsked, passwordOf } from '../user-input.ts'

const OPTIONS = [
  ['--email <address>', 'e-mail address to sign in with'],
  ['--first-name <name>', 'first name'],
  ['--last-name <name>', 'last name'],
  ['--password <password>', 'better left away: it is asked for then'],
] as const

const input = z.object({
  email: z.string().optional(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  password: z.string().optional(),
  admin: z.boolean().default(false),
})

export const userCreate = command({
  words: 'user create',
  about: 'create a user',
  options: [...OPTIONS, ['--admin', 'may do everything in this installation']],
  input,
  run: create,
})

/** Postal's command, whose users are administrators. */
export const makeUser = command({
  words: 'make-user',
  about: 'create an administrator, as Postal does',
  options: OPTIONS,
  input,
  run: (context, given) => create(context, { ...given, admin: true }),
})

async function create(context: Context, given: z.output<typeof input>): Promise<Answer> {
  const emailAddress = await givenOrAsked(context, given.email, { option: '--email', question: 'E-mail address' })
  const firstName = await givenOrAsked(context, given.firstName, { option: '--first-name', question: 'First name' })
  const lastName = given.lastName ?? (await context.ask?.('Last name')) ?? ''
  const password = await passwordOf(context, given.password)
  const { manage } = await context.open()
  const user = await createUser(manage, { emailAddress, firstName, lastName, password, admin: given.admin })
  return { json: user, lines: [`Created ${user.admin ? 'the administrator' : 'the user'} ${user.emailAddress}.`] }
}
