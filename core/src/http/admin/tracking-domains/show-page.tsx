/** One tracking domain: the record to publish, what was found, and what is tracked. */
import type { TrackingDomainRecord } from '../../../store/tracking-domains.ts'
import { CheckBadge } from '../domains/list-page.tsx'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Copy } from '../ui/copy.tsx'
import { Facts } from '../ui/facts.tsx'
import { Action, Danger, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { RelativeTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import type { TrackingSettings } from './fields.ts'
import { SettingsBoxes } from './form.tsx'
import { doings } from './list-page.tsx'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly tracking: TrackingDomainRecord
  /** Whose mail it tracks. */
  readonly domain: { readonly name: string; readonly uuid: string } | undefined
  /** What its CNAME must name. */
  readonly target: string
  readonly settings: TrackingSettings
  readonly mistake?: Mistake | undefined
}

export const TrackingDomainPage = ({ view, server, tracking, domain, target, settings, mistake }: Props) => {
  const href = `${server.href}/tracking-domains/${tracking.uuid}`
  return (
    <ServerPage view={view} server={server} section="tracking" title={tracking.host}>
      <div class="page-head">
        <div>
          <p class="message-back">
            <a href={`${server.href}/tracking-domains`}>
              <Icon name="back" />
              Tracking domains
            </a>
          </p>
          <h1>{tracking.host}</h1>
        </div>
        <CheckBadge label="CNAME" status={tracking.dnsStatus} required={true} />
      </div>
      <DnsPanel view={view} href={href} tracking={tracking} target={target} />
      <section class="panel form-panel facts-beside">
        <Facts
          facts={[
            { name: 'Mail from', value: domain ? <a href={`${server.href}/domains/${domain.uuid}`}>{domain.name}</a> : null },
            { name: 'What it does', value: server.writable ? null : doings(tracking) },
          ]}
        />
        {server.writable && (
          <form method="post" action={`${href}/settings`} class="form form-note">
            {mistake && mistake.field !== 'excludedClickDomains' && <FormMistake mistake={mistake} />}
            <FormToken view={view} />
            <SettingsBoxes settings={settings} mistake={mistake} />
            <button class="button button-main" type="submit">
              Save
            </button>
          </form>
        )}
      </section>
      {server.writable && (
        <Danger summary="Remove this tracking domain">
          <p>Mail is no longer tracked, and links in mail that was sent already may lead nowhere.</p>
          <Action view={view} action={`${href}/removal`} label={`Remove ${tracking.host}`} tone="danger" />
        </Danger>
      )}
    </ServerPage>
  )
}

type DnsProps = Pick<Props, 'view' | 'tracking' | 'target'> & { readonly href: string }

const DnsPanel = ({ view, href, tracking, target }: DnsProps) => (
  <section class="panel record">
    <div class="record-head">
      <h2>DNS record</h2>
      <Action view={view} action={`${href}/checks`} label="Look it up now" />
    </div>
    <p class="quiet">
      {tracking.dnsStatus === 'ok' ? 'It is in order.' : 'Publish it, or nothing is tracked.'}{' '}
      {tracking.dnsCheckedAt ? (
        <>
          Last looked up <RelativeTime at={tracking.dnsCheckedAt} view={view} />.
        </>
      ) : (
        'Not looked up yet.'
      )}
    </p>
    {tracking.dnsError && <p class="field-mistake">{tracking.dnsError}</p>}
    <dl class="facts record-facts">
      <div>
        <dt>Type</dt>
        <dd>CNAME</dd>
      </div>
      <div>
        <dt>Name</dt>
        <dd>
          <Copy value={tracking.host.replace(/:\d+$/, '')} label="name of the record" />
        </dd>
      </div>
      <div>
        <dt>Value</dt>
        <dd>
          <Copy value={target} label="value of the record" />
        </dd>
      </div>
    </dl>
  </section>
)
