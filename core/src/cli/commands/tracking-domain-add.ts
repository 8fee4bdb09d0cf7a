/** `posthaste tracking-domain add` */
import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import { given } from '../../manage/context.ts'
import { approveTrackingDomain, createTrackingDomain } from '../../manage/tracking-domains.ts'
import { findUsableDomain } from '../../store/domains.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'

export const trackingDomainAdd = command({
  words: 'tracking-domain add <label> <domain>',
  about: 'track opens and clicks of mail from a domain, by links to label.domain',
  options: [
    SERVER_OPTION,
    ['--no-tls', 'links begin with http instead of https'],
    ['--port <port>', 'port in links, to try things out'],
    ['--offer-unsubscribe', 'add a one-click List-Unsubscribe to mail without one; for newsletters, not for password resets'],
    ['--trust', 'take your word for it that the host is ours instead of looking at DNS'],
  ],
  input: serverInput.extend({
    label: z.string(),
    domain: z.string(),
    tls: z.boolean().optional(),
    port: z.coerce.number().optional(),
    offerUnsubscribe: z.boolean().optional(),
    trust: z.boolean().default(false),
  }),
  run: async ({ open }, { server, label, domain, trust, ...input }) => {
    const { manage } = await open()
    const { id: mailServerId, organizationId } = await mailServerOf(manage, { server })
    const found = await findUsableDomain(manage.db, { organizationId, mailServerId }, domain)
    if (!found) throw new AppError('domain.not_found', `There is no domain ${domain}; see posthaste domain list.`, { field: 'domain' })
    const created = await createTrackingDomain(manage, { ...given(input), mailServerId, domainId: found.id, name: label })
    const tracking = trust ? await approveTrackingDomain(manage, created) : created
    const missing = `Set this DNS record: ${tracking.host}. CNAME ${manage.dnsNames.trackDomain}.`
    const lines = [`Added ${tracking.host}: ${tracking.dnsStatus ?? 'not checked'}.`, ...(tracking.dnsStatus === 'ok' ? [] : [missing])]
    return { json: tracking, lines }
  },
})
