/** `posthaste domain add` */
import { z } from 'zod'
import { domainRecords } from '../../manage/domain-records.ts'
import { addDomain } from '../../manage/domains.ts'
import { command } from '../command.ts'
import { OWNER_OPTIONS, ownerInput, ownerOf } from '../place.ts'
import { recordLines } from '../record-lines.ts'

export const domainAdd = command({
  words: 'domain add <name>',
  about: 'add a domain to send from, with new DKIM keys',
  options: [...OWNER_OPTIONS, ['--unverified', 'do not take your word for it: the domain is used after posthaste domain verify']],
  input: ownerInput.extend({ name: z.string(), unverified: z.boolean().default(false) }),
  run: async ({ open }, { name, unverified, ...place }) => {
    const { manage } = await open()
    const domain = await addDomain(manage, { ...(await ownerOf(manage, place)), name, verified: !unverified })
    const records = await domainRecords(manage, domain)
    const lines = [`Added ${domain.name}. Set these DNS records, then: posthaste domain check ${domain.name}`, '', ...recordLines(records)]
    return { json: { ...domain, records }, lines }
  },
})
