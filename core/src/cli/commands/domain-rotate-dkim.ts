/** `posthaste domain rotate-dkim` */
import { z } from 'zod'
import { rotateDkim } from '../../manage/dkim.ts'
import { domainRecords } from '../../manage/domain-records.ts'
import { command } from '../command.ts'
import { domainOf, OWNER_OPTIONS, ownerInput } from '../place.ts'
import { recordLines } from '../record-lines.ts'

export const domainRotateDkim = command({
  words: 'domain rotate-dkim <name>',
  about: 'make new DKIM keys, which sign as soon as DNS has them',
  options: OWNER_OPTIONS,
  input: ownerInput.extend({ name: z.string() }),
  run: async ({ open }, input) => {
    const { manage } = await open()
    const domain = await domainOf(manage, input)
    await rotateDkim(manage, domain)
    const records = (await domainRecords(manage, domain)).filter(({ purpose }) => purpose === 'dkim')
    const advice = `Set the new records beside the old ones, then: posthaste domain check ${domain.name}`
    return { json: records, lines: [advice, '', ...recordLines(records)] }
  },
})
