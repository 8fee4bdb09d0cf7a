/** `posthaste audit list` */
import { z } from 'zod'
import { listAuditEntries } from '../../store/audit.ts'
import { command } from '../command.ts'
import { organizationOf } from '../place.ts'
import { table } from '../table.ts'

export const auditList = command({
  words: 'audit list',
  about: 'show who changed what, newest first',
  options: [
    ['--org <permalink>', 'only what belongs to one organization'],
    ['--limit <number>', 'how many (default: 50)'],
    ['--after <id>', 'go on after the last entry of the page before'],
  ],
  input: z.object({
    org: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(50),
    after: z.coerce.number().int().optional(),
  }),
  run: async ({ open }, { org, limit, after }) => {
    const { manage } = await open()
    const scope = org === undefined ? {} : { organizationId: (await organizationOf(manage, { org })).id }
    const found = await listAuditEntries(manage.db, { ...scope, limit, ...(after === undefined ? {} : { after }) })
    const rows = found.map(({ id, createdAt, actorType, actorId, action, subjectId }) => [
      id,
      createdAt,
      actorType,
      actorId,
      action,
      subjectId,
    ])
    return { json: found, lines: table(['id', 'at', 'actor', 'actor id', 'action', 'subject'], rows, 'Nothing was changed yet.') }
  },
})
