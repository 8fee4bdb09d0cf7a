/** `posthaste tracking-domain list` */
import { listTrackingDomains } from '../../store/tracking-domains.ts'
import { command } from '../command.ts'
import { allPages } from '../pages.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'
import { table } from '../table.ts'

export const trackingDomainList = command({
  words: 'tracking-domain list',
  about: 'list tracking domains',
  options: [SERVER_OPTION],
  input: serverInput,
  run: async ({ open }, place) => {
    const { manage } = await open()
    const { id: mailServerId } = await mailServerOf(manage, place)
    const found = await allPages((page) => listTrackingDomains(manage.db, { ...page, mailServerId }))
    const rows = found.map(({ host, dnsStatus, ...on }) => [host, dnsStatus, on.tls, on.trackClicks, on.trackOpens, on.offerUnsubscribe])
    const lines = table(
      ['host', 'dns', 'tls', 'clicks', 'opens', 'unsubscribe'],
      rows,
      'None yet: posthaste tracking-domain add <label> <domain>',
    )
    return { json: found, lines }
  },
})
