/** `posthaste org suspend` */
import { z } from 'zod'
import { suspendOrganization } from '../../manage/organizations.ts'
import { command } from '../command.ts'
import { organizationOf } from '../place.ts'

export const orgSuspend = command({
  words: 'org suspend <org> <reason>',
  about: 'stop an organization from sending; its mail is held, with the reason',
  options: [],
  input: z.object({ org: z.string(), reason: z.string() }),
  run: async ({ open }, { org, reason }) => {
    const { manage } = await open()
    const { id, permalink } = await organizationOf(manage, { org })
    await suspendOrganization(manage, { id, reason })
    return { json: { suspended: permalink, reason }, lines: [`Suspended ${permalink}.`] }
  },
})
