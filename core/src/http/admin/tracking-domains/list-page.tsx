/** The hosts that links of tracked mail point to. */
import type { TrackingDomainRecord } from '../../../store/tracking-domains.ts'
import { CheckBadge } from '../domains/list-page.tsx'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Empty } from '../ui/empty.tsx'
import { FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import type { View } from '../ui/view.ts'
import { BLANK, type NewTrackingFields } from './fields.ts'
import { type FreeDomain, NameBoxes, SettingsBoxes } from './form.tsx'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly tracked: readonly TrackingDomainRecord[]
  /** Verified domains without a tracking domain. */
  readonly free: readonly FreeDomain[]
  readonly fields?: NewTrackingFields
  readonly mistake?: Mistake | undefined
}

export const TrackingDomainsPage = ({ view, server, tracked, free, fields = BLANK, mistake }: Props) => (
  <ServerPage view={view} server={server} section="tracking" title="Tracking domains">
    <div class="page-head">
      <h1>Tracking domains</h1>
    </div>
    {tracked.length > 0 ? (
      <TrackingList tracked={tracked} href={`${server.href}/tracking-domains`} />
    ) : (
      <Empty icon="eye" title="No mail is tracked">
        <p>With a tracking domain, links in mail from one of your domains lead through a host of that domain, and opens are counted.</p>
      </Empty>
    )}
    {server.writable && (
      <section class="panel form-panel">
        <h2>Add a tracking domain</h2>
        {free.length > 0 ? (
          <AddForm view={view} action={`${server.href}/tracking-domains`} free={free} fields={fields} mistake={mistake} />
        ) : (
          <NoneFree server={server} mistake={mistake} />
        )}
      </section>
    )}
  </ServerPage>
)

export const TrackingList = ({ tracked, href }: { tracked: readonly TrackingDomainRecord[]; href: string }) => (
  <ul class="rows">
    {tracked.map((tracking) => (
      <Item tracking={tracking} href={`${href}/${tracking.uuid}`} />
    ))}
  </ul>
)

const NoneFree = ({ server, mistake }: Pick<Props, 'server' | 'mistake'>) => (
  <>
    <FormMistake mistake={mistake} />
    <p class="quiet">
      Every verified domain has one already, or there is none: <a href={`${server.href}/domains`}>see the domains</a>.
    </p>
  </>
)

/** What a tracking domain does, in a few words. */
export function doings({ tls, trackOpens, trackClicks, offerUnsubscribe }: TrackingDomainRecord): string {
  const tracks = [trackOpens && 'opens', trackClicks && 'clicks'].filter(Boolean).join(' and ')
  return [
    tracks === '' ? 'tracks nothing' : `tracks ${tracks}`,
    tls ? 'by https' : 'by http',
    offerUnsubscribe && 'with one-click unsubscription',
  ]
    .filter(Boolean)
    .join(', ')
}

const Item = ({ tracking, href }: { tracking: TrackingDomainRecord; href: string }) => (
  <li class="row">
    <div class="row-main">
      <a class="row-link" href={href}>
        <bdi>{tracking.host}</bdi>
      </a>
      <span class="quiet">{doings(tracking)}</span>
    </div>
    <div class="row-badges">
      <CheckBadge label="CNAME" status={tracking.dnsStatus} required={true} />
    </div>
  </li>
)

type AddProps = Pick<Props, 'view' | 'free' | 'mistake'> & { readonly action: string; readonly fields: NewTrackingFields }

const AddForm = ({ view, action, free, fields, mistake }: AddProps) => (
  <form method="post" action={action} class="form">
    {mistake && !['name', 'domainId', 'excludedClickDomains'].includes(mistake.field ?? '') && <FormMistake mistake={mistake} />}
    <FormToken view={view} />
    <NameBoxes fields={fields} domains={free} mistake={mistake} />
    <SettingsBoxes settings={fields} mistake={mistake} />
    <button class="button button-main" type="submit">
      Add tracking domain
    </button>
  </form>
)
