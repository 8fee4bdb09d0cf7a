/** `posthaste domain verify` */
import { z } from 'zod'
import { approveDomain, verifyDomain } from '../../manage/domains.ts'
import { command } from '../command.ts'
import { domainOf, OWNER_OPTIONS, ownerInput } from '../place.ts'

export const domainVerify = command({
  words: 'domain verify <name>',
  about: 'look for the proof of ownership in DNS',
  options: [...OWNER_OPTIONS, ['--trust', 'take your word for it instead of looking']],
  input: ownerInput.extend({ name: z.string(), trust: z.boolean().default(false) }),
  run: async ({ open }, { trust, ...input }) => {
    const { manage } = await open()
    const { id } = await domainOf(manage, input)
    const domain = trust ? await approveDomain(manage, { id }) : await verifyDomain(manage, { id })
    return { json: domain, lines: [`${domain.name} is verified.`] }
  },
})
