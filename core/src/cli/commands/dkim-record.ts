/** `posthaste dkim-record` */
import { z } from 'zod'
import { dkimRecordOf } from '../../manage/dkim.ts'
import { listLiveDkimKeys } from '../../store/domains.ts'
import { command } from '../command.ts'

export const dkimRecord = command({
  words: 'dkim-record',
  alias: 'default-dkim-record',
  about: "show the TXT record of the installation's own DKIM key",
  input: z.object({}),
  run: async ({ open }) => {
    const { manage, keys } = await open()
    await keys() // makes them at the first start
    const live = await listLiveDkimKeys(manage.db, null)
    const records = live.map((key) => ({
      name: `${key.selector}._domainkey.${manage.dnsNames.returnPathDomain}`,
      type: 'TXT',
      value: dkimRecordOf(key),
    }))
    // Scripts that knew Postal expect the bare value.
    return { json: records, lines: records.map(({ value }) => value) }
  },
})
