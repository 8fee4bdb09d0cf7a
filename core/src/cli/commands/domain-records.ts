/** `posthaste domain records` */
import { z } from 'zod'
import { domainRecords } from '../../manage/domain-records.ts'
import { command } from '../command.ts'
import { domainOf, OWNER_OPTIONS, ownerInput } from '../place.ts'
import { recordLines } from '../record-lines.ts'

export const domainRecordsCommand = command({
  words: 'domain records <name>',
  about: 'show the DNS records that a domain needs',
  options: OWNER_OPTIONS,
  input: ownerInput.extend({ name: z.string() }),
  run: async ({ open }, input) => {
    const { manage } = await open()
    const records = await domainRecords(manage, await domainOf(manage, input))
    return { json: records, lines: recordLines(records) }
  },
})
