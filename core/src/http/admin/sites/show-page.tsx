/** One site, or a domain whose mail goes there: what holds, how it went, what comes next, in plain words. */
import { meaning } from '../../../delivery/explain.ts'
import type { SiteDetails } from '../../../manage/site-details.ts'
import { AddressItem } from '../ip-pools/address-item.tsx'
import { HourChart } from '../ui/chart.tsx'
import { type Fact, Facts } from '../ui/facts.tsx'
import type { Mistake } from '../ui/form.tsx'
import { Page } from '../ui/page.tsx'
import { Badge } from '../ui/status.tsx'
import { Cell, Table, TableRow } from '../ui/table.tsx'
import { FullTime, RelativeTime, Sentence, ShortTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { type LimitFields, LimitForm, LimitList } from './limits.tsx'
import { AskForm, SITES, START } from './list-page.tsx'
import { CHART_WORDS, chartHours, lookOf, siteHref, siteLabel, waitingText } from './words.ts'

type Props = {
  readonly view: View
  /** As it was asked for: a domain, or the site's own name. */
  readonly name: string
  readonly details: SiteDetails
  /** `explainSite`'s words. */
  readonly lines: readonly string[]
  readonly refused?: { readonly fields: LimitFields; readonly mistake: Mistake }
}

const DAY_HOURS = 24

export const SitePage = ({ view, name, details, lines, refused }: Props) => {
  const { state, next, warming } = details
  return (
    <Page view={view} title={siteLabel(name)} crumbs={[START, SITES]}>
      <div class="page-head">
        <h1>
          <bdi>{siteLabel(name)}</bdi>
        </h1>
        <Badge {...lookOf(state)} />
      </div>
      {name !== state.site && (
        <p class="page-lead">
          Its mail goes to the site{' '}
          <a href={siteHref(state.site)}>
            <bdi>{siteLabel(state.site)}</bdi>
          </a>
          , which the limits and the numbers on this page are of.
        </p>
      )}
      <div class="columns">
        <div class="columns-main site-parts">
          <Words view={view} lines={lines} />
          <Limits view={view} details={details} />
          <HourChart hours={chartHours(state.hours, view.now, DAY_HOURS)} view={view} title="The last 24 hours" words={CHART_WORDS} />
          {next.length > 0 && <NextAttempts view={view} next={next} />}
          {warming.length > 0 && (
            <section>
              <h2>Addresses that are being warmed up</h2>
              <ul class="rows">
                {warming.map((address) => (
                  <AddressItem view={view} address={address} share="its budget here today" href={null} />
                ))}
              </ul>
            </section>
          )}
        </div>
        <aside class="columns-side">
          <section class="panel">
            <h2>Facts</h2>
            <Facts facts={factsOf(view, details)} />
          </section>
          <LimitForm view={view} site={state.site} {...refused} />
          <section class="panel">
            <AskForm />
          </section>
        </aside>
      </div>
    </Page>
  )
}

const Words = ({ view, lines }: { view: View; lines: readonly string[] }) => (
  <section class="panel explained">
    <h2>In plain words</h2>
    {lines.map((line) => (
      <p>
        <Sentence text={line} view={view} />
      </p>
    ))}
  </section>
)

const Limits = ({ view, details: { state } }: { view: View; details: SiteDetails }) => (
  <section>
    <h2>Limits in force</h2>
    {state.limits.length > 0 ? (
      <LimitList view={view} limits={state.limits} named={false} />
    ) : (
      <p class="panel quiet">None but the usual.</p>
    )}
  </section>
)

function factsOf(view: View, { state, partly, domains }: SiteDetails): Fact[] {
  const { refusal } = state
  return [
    { name: 'Waiting', value: waitingText(state, partly) },
    { name: 'Oldest', value: state.oldestAt && <FullTime at={state.oldestAt} view={view} /> },
    {
      name: 'Next attempt',
      value: state.nextDueAt && (state.nextDueAt <= view.now ? 'due now' : <FullTime at={state.nextDueAt} view={view} />),
    },
    { name: 'Last refusal', value: refusal && <FullTime at={refusal.at} view={view} /> },
    { name: 'By', value: refusal?.host ?? null },
    { name: 'It said', value: refusal && <bdi class="site-said">{refusal.reply}</bdi> },
    { name: 'That means', value: refusal?.replyClass ? meaning(refusal.replyClass) : null },
    { name: 'Hosts', value: state.site.includes(',') ? state.site.split(',').join(', ') : null },
    { name: 'Domains seen lately', value: domains.length > 0 ? domains.join(', ') : null },
  ]
}

const COLUMNS = [{ label: 'Message' }, { label: 'Attempts' }, { label: 'Next attempt' }, { label: 'Accepted', end: true }]

const NextAttempts = ({ view, next }: { view: View; next: SiteDetails['next'] }) => (
  <section>
    <h2>Next attempts</h2>
    <Table kind="queue" label="Next attempts" columns={COLUMNS}>
      {next.map((one) => (
        <TableRow>
          <Cell name="queue-message">
            <Recipient one={one} />
          </Cell>
          <Cell name="queue-attempts">{one.attempts === 0 ? 'none yet' : String(one.attempts)}</Cell>
          <Cell name="queue-due">{one.dueAt <= view.now ? 'due now' : <RelativeTime at={one.dueAt} view={view} />}</Cell>
          <Cell name="queue-time list-end">
            <ShortTime at={one.createdAt} view={view} />
          </Cell>
        </TableRow>
      ))}
    </Table>
  </section>
)

function Recipient({ one: { messageId, rcptTo, mailServer } }: { one: SiteDetails['next'][number] }) {
  const [organization, server] = mailServer?.split('/') ?? []
  const to = <bdi>{rcptTo ?? `message ${messageId}`}</bdi>
  if (organization === undefined || server === undefined) return to
  return (
    <>
      <a class="row-link" href={`/org/${organization}/servers/${server}/messages/${messageId}`}>
        {to}
      </a>
      <span class="messages-from queue-to">of {mailServer}</span>
    </>
  )
}
