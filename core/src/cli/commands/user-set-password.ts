/** `posthaste user set-password` */
import { z } from 'zod'
import { setPassword } from '../../manage/users.ts'
import { command } from '../command.ts'
import { passwordOf, userOf } from '../user-input.ts'

export const userSetPassword = command({
  words: 'user set-password <email>',
  about: 'give a user another password and end all sessions of the user',
  options: [['--password <password>', 'better left away: it is asked for then']],
  input: z.object({ email: z.string(), password: z.string().optional() }),
  run: async (context, { email, password }) => {
    const { manage } = await context.open()
    const { id } = await userOf(manage, email)
    const user = await setPassword(manage, { id, password: await passwordOf(context, password) })
    return { json: user, lines: [`${user.emailAddress} has another password.`] }
  },
})
