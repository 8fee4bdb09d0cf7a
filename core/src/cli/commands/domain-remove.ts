/** `posthaste domain remove` */
import { z } from 'zod'
import { removeDomain } from '../../manage/domains.ts'
import { command } from '../command.ts'
import { domainOf, OWNER_OPTIONS, ownerInput } from '../place.ts'

export const domainRemove = command({
  words: 'domain remove <name>',
  about: 'remove a domain with its keys, routes and tracking domains',
  options: OWNER_OPTIONS,
  input: ownerInput.extend({ name: z.string() }),
  run: async ({ open }, input) => {
    const { manage } = await open()
    const domain = await domainOf(manage, input)
    await removeDomain(manage, domain)
    return { json: { removed: domain.name }, lines: [`Removed ${domain.name}.`] }
  },
})
