/** What is said of sites, in the list and on their own pages. */
import type { SiteState, Trouble } from '../../../manage/site-overview.ts'
import type { SiteHour, SiteOutcomes } from '../../../store/site-reports.ts'
import { type ChartHour, type ChartWords, lastHours } from '../ui/chart.tsx'
import type { IconName } from '../ui/icon.tsx'
import type { Tone } from '../ui/status.tsx'

export const siteHref = (name: string): string => `/sites/${encodeURIComponent(name)}`

/** The hosts of a site are its name; the first of them says enough. */
export function siteLabel(site: string): string {
  const [first, ...others] = site.split(',')
  return first === undefined || others.length === 0 || site.startsWith('relay ') ? site : `${first} and ${others.length} more`
}

type Look = { readonly tone: Tone; readonly icon?: IconName; readonly label: string }

export function lookOf({ trouble, outcomes: { sent, delayed, failed } }: Pick<SiteState, 'trouble' | 'outcomes'>): Look {
  return trouble === 'none' && sent + delayed + failed === 0 ? { tone: 'quiet', label: 'Not tried lately' } : TROUBLE_LOOKS[trouble]
}

const TROUBLE_LOOKS: Readonly<Record<Trouble, Look>> = {
  suspended: { tone: 'bad', icon: 'pause', label: 'Suspended' },
  away: { tone: 'bad', icon: 'warning', label: 'Cannot be reached' },
  limited: { tone: 'hold', icon: 'lock', label: 'Limited' },
  slow: { tone: 'warn', icon: 'clock', label: 'Puts mail off' },
  none: { tone: 'good', icon: 'check', label: 'Takes mail' },
}

export const CHART_WORDS: ChartWords = { sent: 'Taken', held: 'Put off', failed: 'Refused' }

export const chartHours = (hours: readonly SiteHour[], now: Date, count: number): ChartHour[] =>
  lastHours(
    hours.map(({ delayed, ...hour }) => ({ ...hour, held: delayed, bounced: 0 })),
    now,
    count,
  )

export const number = (value: number): string => value.toLocaleString('en')
const attempts = (count: number): string => `${number(count)} ${count === 1 ? 'attempt' : 'attempts'}`

/** How much of what was tried was put off. */
export function putOffText({ sent, delayed, failed }: SiteOutcomes): string {
  const tried = sent + delayed + failed
  if (tried === 0) return 'not tried lately'
  if (delayed === 0) return `none of ${attempts(tried)}`
  const percent = Math.round((delayed / tried) * 100)
  return `${percent === 0 ? 'under 1' : percent} % of ${attempts(tried)}`
}

export const waitingText = ({ waiting }: Pick<SiteState, 'waiting'>, partly: boolean): string =>
  waiting === 0 ? 'none' : `${number(waiting)}${partly ? ' or more' : ''}`
