/** `posthaste user disable` */
import { z } from 'zod'
import { disableUser } from '../../manage/users.ts'
import { command } from '../command.ts'
import { userOf } from '../user-input.ts'

export const userDisable = command({
  words: 'user disable <email>',
  about: 'end all sessions of a user and let no new ones begin',
  input: z.object({ email: z.string() }),
  run: async ({ open }, { email }) => {
    const { manage } = await open()
    const user = await disableUser(manage, await userOf(manage, email))
    return { json: user, lines: [`${user.emailAddress} cannot sign in any more.`] }
  },
})
