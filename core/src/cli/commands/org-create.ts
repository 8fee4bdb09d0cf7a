/** `posthaste org create` */
import { z } from 'zod'
import { given } from '../../manage/context.ts'
import { createOrganization } from '../../manage/organizations.ts'
import { command } from '../command.ts'

export const orgCreate = command({
  words: 'org create <name>',
  about: 'create an organization',
  options: [
    ['--permalink <permalink>', 'short name in URLs; made from the name when absent'],
    ['--time-zone <zone>', 'such as Europe/Berlin (default: UTC)'],
  ],
  input: z.object({ name: z.string(), permalink: z.string().optional(), timeZone: z.string().optional() }),
  run: async ({ open }, input) => {
    const { manage } = await open()
    const organization = await createOrganization(manage, { ...given(input), name: input.name })
    return { json: organization, lines: [`Created the organization ${organization.permalink}.`] }
  },
})
