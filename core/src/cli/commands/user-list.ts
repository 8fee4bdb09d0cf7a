/** `posthaste user list` */
import { z } from 'zod'
import { listUsers } from '../../store/users.ts'
import { command } from '../command.ts'
import { allPages } from '../pages.ts'
import { table } from '../table.ts'

export const userList = command({
  words: 'user list',
  about: 'list users',
  input: z.object({}),
  run: async ({ open }) => {
    const { manage } = await open()
    const found = await allPages((page) => listUsers(manage.db, page))
    const rows = found.map((user) => [user.emailAddress, `${user.firstName} ${user.lastName}`.trim(), user.admin, user.disabledAt !== null])
    return { json: found, lines: table(['e-mail', 'name', 'admin', 'disabled'], rows, 'No users yet: posthaste user create') }
  },
})
