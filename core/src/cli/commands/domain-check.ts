/** `posthaste domain check` */
import { z } from 'zod'
import { checkDomain } from '../../manage/domain-check.ts'
import { domainRecords } from '../../manage/domain-records.ts'
import { command } from '../command.ts'
import { domainOf, OWNER_OPTIONS, ownerInput } from '../place.ts'
import { recordLines } from '../record-lines.ts'

export const domainCheck = command({
  words: 'domain check <name>',
  about: 'look at the DNS records of a domain now',
  options: OWNER_OPTIONS,
  input: ownerInput.extend({ name: z.string() }),
  run: async ({ open }, input) => {
    const { manage } = await open()
    const { domain, ok } = await checkDomain(manage, await domainOf(manage, input))
    const records = await domainRecords(manage, domain)
    const verdict = ok ? `The DNS of ${domain.name} is in order.` : `The DNS of ${domain.name} needs attention.`
    return { json: { ...domain, ok, records }, lines: [verdict, '', ...recordLines(records)] }
  },
})
