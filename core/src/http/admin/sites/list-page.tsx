/** The sites that mail waits for or that give trouble, the worst first, and the limits in force. */
import { meaning } from '../../../delivery/explain.ts'
import { OVERVIEW_HOURS, type SiteOverview, type SiteState } from '../../../manage/site-overview.ts'
import type { Tile } from '../mail-servers/show-page.tsx'
import { Sparkline } from '../ui/chart.tsx'
import { Empty } from '../ui/empty.tsx'
import { Page } from '../ui/page.tsx'
import { Badge } from '../ui/status.tsx'
import { Cell, Table, TableRow } from '../ui/table.tsx'
import { RelativeTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { LimitList, limitText } from './limits.tsx'
import { CHART_WORDS, chartHours, lookOf, number, putOffText, siteHref, siteLabel, waitingText } from './words.ts'

export const START = { label: 'Mail servers', href: '/' }
export const SITES = { label: 'Sites', href: '/sites' }

type Props = { readonly view: View; readonly overview: SiteOverview }

export const SitesPage = ({ view, overview }: Props) => (
  <Page view={view} title="Sites" crumbs={[START]}>
    <div class="page-head">
      <h1>Sites</h1>
    </div>
    <p class="page-lead">A site is the hosts that take the mail of one domain or of many, such as those of a large provider.</p>
    <AskForm />
    <dl class="tiles">
      {tilesOf(overview).map(({ label, value, note }) => (
        <div class="tile">
          <dt>{label}</dt>
          <dd>{value}</dd>
          {note && <dd class="tile-note">{note}</dd>}
        </div>
      ))}
    </dl>
    {overview.sites.length > 0 ? <SiteTable view={view} overview={overview} /> : <NoTrouble />}
    {overview.limits.length > 0 && (
      <section class="latest site-limits">
        <h2>Limits in force</h2>
        <LimitList view={view} limits={overview.limits.slice(0, LIMITS_MAX)} named={true} />
        {overview.limits.length > LIMITS_MAX && (
          <p class="quiet">{number(overview.limits.length - LIMITS_MAX)} more: posthaste limit list shows them all.</p>
        )}
      </section>
    )}
  </Page>
)

const LIMITS_MAX = 50

export const AskForm = () => (
  <form method="get" action="/sites" class="ask">
    <label for="ask">Ask about a domain or a site</label>
    <div class="ask-line">
      <input
        id="ask"
        type="text"
        name="ask"
        required
        maxlength={255}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        placeholder="example.com"
      />
      <button class="button button-plain" type="submit">
        Ask
      </button>
    </div>
  </form>
)

function tilesOf({ sites, waiting, waitedFor, partly, limits }: SiteOverview): Tile[] {
  const troubled = sites.filter(({ trouble }) => trouble !== 'none').length
  return [
    { label: 'Waiting mail', value: `${number(waiting)}${partly ? '+' : ''}`, ...(partly ? { note: 'the oldest were looked at' } : {}) },
    { label: 'For', value: `${number(waitedFor)}${partly ? '+' : ''} ${waitedFor === 1 ? 'site' : 'sites'}` },
    { label: 'In trouble', value: number(troubled) },
    { label: 'Limits in force', value: number(limits.length) },
  ]
}

const NoTrouble = () => (
  <Empty icon="check" title="No mail waits, and no site gives trouble">
    <p>
      Sites are shown here when mail waits for them, when they put much of it off or cannot be reached, and when a limit holds for them.
    </p>
  </Empty>
)

const COLUMNS = [{ label: 'Site' }, { label: 'Standing' }, { label: 'Waiting' }, { label: `Put off in ${OVERVIEW_HOURS} hours` }]

const SiteTable = ({ view, overview }: Props) => (
  <>
    <Table kind="sites" label="Sites, the worst first" columns={COLUMNS}>
      {overview.sites.map((site) => (
        <SiteRow view={view} site={site} partly={overview.partly} />
      ))}
    </Table>
    {overview.waitedFor > overview.sites.length && (
      <p class="quiet">Mail waits for {number(overview.waitedFor)} sites; those in trouble and those with most of it are shown.</p>
    )}
  </>
)

const SiteRow = ({ view, site, partly }: { view: View; site: SiteState; partly: boolean }) => (
  <TableRow>
    <Cell name="site-name">
      <a class="row-link" href={siteHref(site.site)}>
        <bdi>{siteLabel(site.site)}</bdi>
      </a>
      {site.refusal && (
        <span class="site-reply">
          <RelativeTime at={site.refusal.at} view={view} />:{' '}
          <bdi>{site.refusal.replyClass ? meaning(site.refusal.replyClass) : site.refusal.reply}</bdi>
        </span>
      )}
    </Cell>
    <Cell name="site-standing">
      <Badge {...lookOf(site)} />
      {site.limits.slice(0, 3).map((limit) => (
        <span class="site-limit">
          {limitText(limit)}, ends <RelativeTime at={limit.until} view={view} />
        </span>
      ))}
    </Cell>
    <Cell name="site-waiting">
      {waitingText(site, partly)}
      {site.oldestAt && (
        <span class="site-small">
          oldest <RelativeTime at={site.oldestAt} view={view} />
        </span>
      )}
    </Cell>
    <Cell name="site-delayed">
      {putOffText(site.outcomes)}
      {site.hours.length > 0 && <Sparkline hours={chartHours(site.hours, view.now, OVERVIEW_HOURS)} view={view} words={CHART_WORDS} />}
    </Cell>
  </TableRow>
)
