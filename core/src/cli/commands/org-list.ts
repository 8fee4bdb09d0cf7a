/** `posthaste org list` */
import { z } from 'zod'
import { listOrganizations } from '../../store/organizations.ts'
import { command } from '../command.ts'
import { allPages } from '../pages.ts'
import { table } from '../table.ts'

export const orgList = command({
  words: 'org list',
  about: 'list organizations',
  input: z.object({}),
  run: async ({ open }) => {
    const { manage } = await open()
    const found = await allPages((page) => listOrganizations(manage.db, page))
    const rows = found.map(({ permalink, name, suspendedAt, createdAt }) => [permalink, name, suspendedAt !== null, createdAt])
    return {
      json: found,
      lines: table(['permalink', 'name', 'suspended', 'created'], rows, 'No organizations yet: posthaste org create <name>'),
    }
  },
})
