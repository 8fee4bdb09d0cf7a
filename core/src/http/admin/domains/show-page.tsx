/** One domain: the records to publish, what was found, and what to do next. */
import type { DnsRecord } from '../../../manage/domain-records.ts'
import type { TrackingDomainRecord } from '../../../store/tracking-domains.ts'
import { countOf, RoutesOf, type UsedBy } from '../incoming-routes/used-by.tsx'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { TrackingList } from '../tracking-domains/list-page.tsx'
import { Copy } from '../ui/copy.tsx'
import { Action, Danger, FormMistake, type Mistake } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Badge } from '../ui/status.tsx'
import { RelativeTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { CheckBadge } from './list-page.tsx'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly href: string
  readonly name: string
  readonly verified: boolean
  readonly checkedAt: Date | null
  readonly records: readonly DnsRecord[]
  readonly used: UsedBy
  /** Of this mail server. */
  readonly tracked: readonly TrackingDomainRecord[]
  readonly mistake?: Mistake | undefined
}

const PURPOSES: Readonly<Record<DnsRecord['purpose'], { label: string; why: string }>> = {
  verification: { label: 'Proof', why: 'Proves that the domain is yours. It can go once the domain is verified.' },
  spf: {
    label: 'SPF',
    why: 'Says that our servers may send for this domain. Merge it with an SPF record that you have: there must be one only.',
  },
  dkim: { label: 'DKIM', why: 'Lets receivers verify our signatures on your mail.' },
  return_path: { label: 'Return path', why: 'Brings bounces home under your own name, which DMARC likes.' },
  mx: { label: 'MX', why: 'Only needed to receive mail for this domain here.' },
}

export function DomainPage({ view, server, href, name, verified, checkedAt, records, used, tracked, mistake }: Props) {
  return (
    <ServerPage view={view} server={server} section="domains" title={name}>
      <div class="page-head">
        <div>
          <p class="message-back">
            <a href={`${server.href}/domains`}>
              <Icon name="back" />
              Domains
            </a>
          </p>
          <h1>{name}</h1>
        </div>
        {verified ? <Badge tone="good" icon="check" label="Verified" /> : <Badge tone="warn" icon="warning" label="Not verified" />}
      </div>
      <FormMistake mistake={mistake} />
      <NextStep view={view} server={server} href={href} verified={verified} checkedAt={checkedAt} />
      <ul class="records">
        {records.map((record) => (
          <RecordItem record={record} />
        ))}
      </ul>
      {verified && (
        <RoutesOf
          used={used}
          title="Routes"
          none={`No mail for ${name} is taken here yet.`}
          serverHref={server.href}
          search={`@${name}`}
          addHref={server.writable ? `${server.href}/routes/new?domain=${href.slice(href.lastIndexOf('/') + 1)}` : null}
        />
      )}
      {verified && <Tracking name={name} tracked={tracked} server={server} />}
      {server.writable && (
        <Danger summary="Remove this domain">
          <p>
            Nothing can be sent as {name} any more. Its {used.routes.length > 0 ? countOf(used) : 'routes'} and tracking domains go with it.
          </p>
          <Action view={view} action={`${href}/removal`} label={`Remove ${name}`} tone="danger" />
        </Danger>
      )}
    </ServerPage>
  )
}

/** What is to be done about the records, and when they were looked up last. */
const NextStep = ({ view, server, href, verified, checkedAt }: Pick<Props, 'view' | 'server' | 'href' | 'verified' | 'checkedAt'>) => (
  <div class="bar">
    <p>
      {verified
        ? 'Publish these records where the domain’s DNS is kept.'
        : 'First publish the proof, then verify. The other records may follow.'}{' '}
      {checkedAt ? (
        <>
          Last looked up <RelativeTime at={checkedAt} view={view} />.
        </>
      ) : (
        'Not looked up yet.'
      )}
    </p>
    <div class="bar-actions">
      {server.writable && !verified && <Action view={view} action={`${href}/verification`} label="Verify" tone="plain" />}
      <Action view={view} action={`${href}/checks`} label="Look them up now" />
    </div>
  </div>
)

const Tracking = ({ name, tracked, server }: Pick<Props, 'name' | 'tracked' | 'server'>) => (
  <section class="card-group">
    <h2>Tracking</h2>
    {tracked.length > 0 ? (
      <TrackingList tracked={tracked} href={`${server.href}/tracking-domains`} />
    ) : (
      <p class="panel quiet">Mail from {name} is not tracked.</p>
    )}
    {tracked.length === 0 && server.writable && (
      <p class="bar-actions card-more">
        <a class="button button-plain" href={`${server.href}/tracking-domains`}>
          Add a tracking domain
        </a>
      </p>
    )}
  </section>
)

const RecordItem = ({ record }: { record: DnsRecord }) => {
  const { label, why } = PURPOSES[record.purpose]
  const title = record.purpose === 'dkim' ? `${label}, ${record.value.includes('k=ed25519') ? 'Ed25519 key' : 'RSA key'}` : label
  return (
    <li class="panel record">
      <div class="record-head">
        <h2>{title}</h2>
        {record.purpose !== 'verification' && <CheckBadge label={label} status={record.status} required={record.required} />}
      </div>
      <p class="quiet">{why}</p>
      {record.error && <p class="field-mistake">{record.error}</p>}
      <dl class="facts record-facts">
        <div>
          <dt>Type</dt>
          <dd>{record.type}</dd>
        </div>
        <div>
          <dt>Name</dt>
          <dd>
            <Copy value={record.name} label={`name of the record for ${title}`} />
          </dd>
        </div>
        {record.priority !== null && (
          <div>
            <dt>Priority</dt>
            <dd>{record.priority}</dd>
          </div>
        )}
        <div>
          <dt>Value</dt>
          <dd>
            <Copy value={record.value} label={`value of the record for ${title}`} />
          </dd>
        </div>
      </dl>
    </li>
  )
}
