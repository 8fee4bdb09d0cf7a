/** `posthaste user enable` */
import { z } from 'zod'
import { enableUser } from '../../manage/users.ts'
import { command } from '../command.ts'
import { userOf } from '../user-input.ts'

export const userEnable = command({
  words: 'user enable <email>',
  about: 'let a disabled user sign in again',
  input: z.object({ email: z.string() }),
  run: async ({ open }, { email }) => {
    const { manage } = await open()
    const user = await enableUser(manage, await userOf(manage, email))
    return { json: user, lines: [`${user.emailAddress} can sign in again.`] }
  },
})
