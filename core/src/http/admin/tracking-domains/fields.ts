/** The form of a tracking domain as text, and what the verbs make of it. */
import type { TrackingDomainRecord } from '../../../store/tracking-domains.ts'
import { fieldOf } from '../act.ts'
import type { AdminContext } from '../deps.ts'

export const SWITCHES = ['tls', 'trackOpens', 'trackClicks', 'offerUnsubscribe'] as const

/** As typed and ticked. */
export type TrackingSettings = Readonly<Record<(typeof SWITCHES)[number], boolean>> & { readonly excludedClickDomains: string }

export type NewTrackingFields = TrackingSettings & {
  readonly name: string
  /** The uuid of its domain. */
  readonly domainId: string
}

export const BLANK: NewTrackingFields = {
  ...{ name: 'click', domainId: '', tls: true, trackOpens: true, trackClicks: true, offerUnsubscribe: false },
  excludedClickDomains: '',
}

export const settingsFrom = ({ tls, trackOpens, trackClicks, offerUnsubscribe, ...rest }: TrackingDomainRecord): TrackingSettings => ({
  ...{ tls, trackOpens, trackClicks, offerUnsubscribe },
  excludedClickDomains: rest.excludedClickDomains,
})

export async function readSettings(c: AdminContext): Promise<TrackingSettings> {
  const ticked = async (name: (typeof SWITCHES)[number]) => (await fieldOf(c, name)) === 'yes'
  return {
    tls: await ticked('tls'),
    trackOpens: await ticked('trackOpens'),
    trackClicks: await ticked('trackClicks'),
    offerUnsubscribe: await ticked('offerUnsubscribe'),
    excludedClickDomains: await fieldOf(c, 'excludedClickDomains'),
  }
}

export const readNew = async (c: AdminContext): Promise<NewTrackingFields> => ({
  ...(await readSettings(c)),
  name: await fieldOf(c, 'name'),
  domainId: await fieldOf(c, 'domainId'),
})
