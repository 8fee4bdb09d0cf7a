/** The overview of a mail server. */
import { Hono } from 'hono'
import { isDnsOk } from '../../../manage/domain-check.ts'
import { type Domain, listDomains } from '../../../store/domains.ts'
import { countHeld, searchMessages } from '../../../store/message-search.ts'
import { hourlyStatisticsOf } from '../../../store/overview.ts'
import { type ServerQueue, summariseServerQueue } from '../../../store/queue-views.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { NO_SEARCH } from '../messages/filter.ts'
import { rowOf } from '../messages/list.tsx'
import { mailServerPlace } from '../place.ts'
import { send } from '../send.ts'
import { type ChartHour, lastHours, totalOf } from '../ui/chart.tsx'
import { relativeTime } from '../ui/time.tsx'
import { viewOf } from '../ui/view.ts'
import { frameOf } from './frame.tsx'
import { OverviewPage, type Tile } from './show-page.tsx'

const LATEST = 8
const COUNT_MAX = 10_000
const DOMAINS_MAX = 200
const DAY_MS = 86_400_000

export function mailServerRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>().get('/', (c) => show(c, deps))
}

async function show(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const { manage, mailServer, path } = place
  const { db } = manage
  const now = manage.clock()
  const owner = { organizationId: mailServer.organizationId, mailServerId: mailServer.id }
  const [counted, latest, queue, held, domains] = await Promise.all([
    hourlyStatisticsOf(db, [mailServer.id], new Date(now.getTime() - DAY_MS)),
    searchMessages(db, { mailServerId: mailServer.id, search: NO_SEARCH, limit: LATEST }),
    summariseServerQueue(db, mailServer.id, COUNT_MAX),
    countHeld(db, mailServer.id, COUNT_MAX),
    listDomains(db, { ...owner, limit: DOMAINS_MAX }),
  ])
  const hours = lastHours(counted, now)
  const tiles = [...throughput(hours, path), queueTile(queue, path, now), heldTile(held, path), domainsTile(domains, path)]
  const rows = latest.messages.map((message) => rowOf(message, path))
  return send(c, <OverviewPage view={viewOf(c, deps)} server={frameOf(place)} tiles={tiles} hours={hours} latest={rows} />)
}

function throughput(hours: readonly ChartHour[], path: string): Tile[] {
  const [sent, failed] = [totalOf(hours, 'sent'), totalOf(hours, 'failed')]
  const rate = sent + failed === 0 ? 0 : (failed / (sent + failed)) * 100
  return [
    { label: 'Sent', value: sent.toLocaleString('en'), note: 'last 24 hours', href: `${path}/messages/outgoing?status=sent` },
    {
      label: 'Failed',
      value: failed.toLocaleString('en'),
      note: `${rate.toFixed(1)} % of all`,
      href: `${path}/messages/outgoing?q=${encodeURIComponent('status: hardfail status: bounced')}`,
      ...(rate >= 5 ? { tone: 'bad' as const } : {}),
    },
  ]
}

/** Counting stops somewhere. */
const upTo = (count: number): string => `${count.toLocaleString('en')}${count >= COUNT_MAX ? '+' : ''}`

const queueTile = ({ length, oldestMessageAt }: ServerQueue, path: string, now: Date): Tile => ({
  label: 'Queued',
  value: upTo(length),
  note: oldestMessageAt ? `oldest from ${relativeTime(oldestMessageAt, now)}` : 'nothing waits',
  href: `${path}/queue`,
})

const heldTile = (held: number, path: string): Tile => ({
  label: 'Held',
  value: upTo(held),
  note: held === 0 ? 'nothing to decide' : 'waiting for you',
  href: `${path}/messages/held`,
  ...(held > 0 ? { tone: 'warn' as const } : {}),
})

function domainsTile(domains: readonly Domain[], path: string): Tile {
  const href = `${path}/domains`
  const tile = { label: 'Domains', value: String(domains.length), href }
  if (domains.length === 0) return { ...tile, note: 'none of its own' }
  const [first] = (['to verify', 'to look up in DNS', 'with DNS to correct'] as const)
    .map((want) => ({ want, count: domains.filter((domain) => wantOf(domain) === want).length }))
    .filter(({ count }) => count > 0)
  return first ? { ...tile, note: `${first.count} ${first.want}`, tone: 'warn' } : { ...tile, note: 'all in order' }
}

function wantOf(domain: Domain): 'to verify' | 'to look up in DNS' | 'with DNS to correct' | undefined {
  if (!domain.verifiedAt) return 'to verify'
  if (!domain.dnsCheckedAt) return 'to look up in DNS'
  return isDnsOk(domain) ? undefined : 'with DNS to correct'
}
