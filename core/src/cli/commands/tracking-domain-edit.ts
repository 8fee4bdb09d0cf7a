/** `posthaste tracking-domain edit` */
import { z } from 'zod'
import { AppError } from '../../domain/errors.ts'
import { given } from '../../manage/context.ts'
import { updateTrackingDomainSettings } from '../../manage/tracking-domains.ts'
import { findTrackingDomainOf } from '../../store/tracking-domains.ts'
import { command } from '../command.ts'
import { mailServerOf, SERVER_OPTION, serverInput } from '../place.ts'

const choice = z.boolean().optional()

export const trackingDomainEdit = command({
  words: 'tracking-domain edit <host>',
  about: 'change what is tracked, and whether recipients may unsubscribe with one click',
  options: [
    SERVER_OPTION,
    ['--opens', 'track opens'],
    ['--no-opens', 'no longer'],
    ['--clicks', 'track clicks'],
    ['--no-clicks', 'no longer'],
    ['--tls', 'links begin with https'],
    ['--no-tls', 'links begin with http'],
    ['--exclude <hosts>', 'leave links to these hosts alone, with commas between; *.example.com covers subdomains'],
    ['--offer-unsubscribe', 'add a one-click List-Unsubscribe to mail without one; for newsletters, not for password resets'],
    ['--no-offer-unsubscribe', 'no longer'],
  ],
  input: serverInput.extend({
    ...{ host: z.string(), opens: choice, clicks: choice, tls: choice, offerUnsubscribe: choice },
    exclude: z.string().optional(),
  }),
  run: async ({ open }, { host, opens, clicks, tls, offerUnsubscribe, exclude, ...place }) => {
    const { manage } = await open()
    const found = await findTrackingDomainOf(manage.db, (await mailServerOf(manage, place)).id, { host })
    if (!found)
      throw new AppError('tracking_domain.not_found', `There is no ${host}; see posthaste tracking-domain list.`, { field: 'host' })
    const changes = given({ trackOpens: opens, trackClicks: clicks, tls, offerUnsubscribe, excludedClickDomains: exclude })
    const saved = await updateTrackingDomainSettings(manage, { ...changes, id: found.id })
    const said = ({ on, what }: { on: boolean; what: string }) => `${what}: ${on ? 'yes' : 'no'}`
    const facts = [
      { what: 'opens', on: saved.trackOpens },
      { what: 'clicks', on: saved.trackClicks },
      { what: 'https', on: saved.tls },
      { what: 'one-click unsubscribe', on: saved.offerUnsubscribe },
    ]
    return { json: saved, lines: [`${host}: ${facts.map(said).join(', ')}`] }
  },
})
