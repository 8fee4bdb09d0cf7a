/** `posthaste org unsuspend` */
import { z } from 'zod'
import { unsuspendOrganization } from '../../manage/organizations.ts'
import { command } from '../command.ts'
import { organizationOf } from '../place.ts'

export const orgUnsuspend = command({
  words: 'org unsuspend <org>',
  about: 'let a suspended organization send again',
  options: [],
  input: z.object({ org: z.string() }),
  run: async ({ open }, { org }) => {
    const { manage } = await open()
    const { id, permalink } = await organizationOf(manage, { org })
    await unsuspendOrganization(manage, { id })
    return { json: { unsuspended: permalink }, lines: [`${permalink} may send again.`] }
  },
})
