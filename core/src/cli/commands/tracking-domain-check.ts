/** `posthaste tracking-domain check` */
import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import { approveTrackingDomain, checkTrackingDomain } from '../../manage/tracking-domains.ts'
import { findTrackingDomainOf } from '../../store/tracking-domains.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'

export const trackingDomainCheck = command({
  words: 'tracking-domain check <host>',
  about: 'look at the DNS record of a tracking domain now',
  options: [SERVER_OPTION, ['--trust', 'take your word for it instead of looking']],
  input: serverInput.extend({ host: z.string(), trust: z.boolean().default(false) }),
  run: async ({ open }, { host, trust, ...place }) => {
    const { manage } = await open()
    const found = await findTrackingDomainOf(manage.db, (await mailServerOf(manage, place)).id, { host })
    if (!found)
      throw new AppError('tracking_domain.not_found', `There is no ${host}; see posthaste tracking-domain list.`, { field: 'host' })
    const checked = trust ? await approveTrackingDomain(manage, found) : await checkTrackingDomain(manage, found)
    return { json: checked, lines: [`${host}: ${checked.dnsStatus ?? 'not known'}`, ...(checked.dnsError ? [checked.dnsError] : [])] }
  },
})
