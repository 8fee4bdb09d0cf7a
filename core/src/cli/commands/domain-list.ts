/** `posthaste domain list` */
import { listDomains } from '../../store/domains.ts'
import { command } from '../command.ts'
import { allPages } from '../pages.ts'
import { OWNER_OPTIONS, ownerInput, ownerOf } from '../place.ts'
import { table } from '../table.ts'

export const domainList = command({
  words: 'domain list',
  about: 'list domains and what their DNS was like',
  options: OWNER_OPTIONS,
  input: ownerInput,
  run: async ({ open }, place) => {
    const { manage } = await open()
    const owner = await ownerOf(manage, place)
    const found = await allPages((page) => listDomains(manage.db, { ...page, ...owner }))
    const rows = found.map((domain) => [
      domain.name,
      domain.verifiedAt !== null,
      domain.spfStatus,
      domain.dkimStatus,
      domain.mxStatus,
      domain.returnPathStatus,
      domain.dnsCheckedAt,
    ])
    const heads = ['domain', 'verified', 'spf', 'dkim', 'mx', 'return path', 'checked']
    return { json: found, lines: table(heads, rows, 'No domains yet: posthaste domain add <name>') }
  },
})
