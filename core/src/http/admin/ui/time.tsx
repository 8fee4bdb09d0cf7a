/** Times for people: in their zone, and how long ago. */
import type { View } from './view.ts'

type Place = Pick<View, 'timeZone' | 'now'>

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' })

/** `3 minutes ago`, `in 2 hours`, `now`. */
export function relativeTime(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime()
  const [unit, size] = UNITS.find(([, length]) => Math.abs(ms) >= length) ?? ['second', 1_000]
  return RELATIVE.format(Math.trunc(ms / size), unit)
}

/** `21 Nov 2026, 14:05:09`. */
export const exactTime = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(at)

/** `21 Nov 2026`. */
export const exactDay = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone }).format(at)

/** `14:05` today, `20 Nov, 14:05` this year, else with the year. */
function shortTime(at: Date, { timeZone, now }: Place): string {
  const part = (options: Intl.DateTimeFormatOptions) => (when: Date) =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone }).format(when)
  const [day, year] = [part({ dateStyle: 'short' }), part({ year: 'numeric' })]
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' }
  if (day(at) === day(now)) return part(clock)(at)
  const date: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', ...(year(at) === year(now) ? {} : { year: 'numeric' }) }
  return part({ ...date, ...clock })(at)
}

/** Short, with the exact time for those who point at it. */
export const ShortTime = ({ at, view }: { at: Date; view: Place }) => (
  <time datetime={at.toISOString()} title={exactTime(at, view.timeZone)}>
    {shortTime(at, view)}
  </time>
)

/** How long ago, and when exactly. */
export const FullTime = ({ at, view }: { at: Date; view: Place }) => (
  <time class="time-full" datetime={at.toISOString()}>
    <span class="time-relative">{relativeTime(at, view.now)}</span> <span class="time-exact">{exactTime(at, view.timeZone)}</span>
  </time>
)

export const RelativeTime = ({ at, view }: { at: Date; view: Place }) => (
  <time datetime={at.toISOString()} title={exactTime(at, view.timeZone)}>
    {relativeTime(at, view.now)}
  </time>
)

const ISO = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)/

/** A sentence that names instants as logs and APIs do, with these in the zone of the page. */
export const Sentence = ({ text, view }: { text: string; view: Pick<View, 'timeZone'> }) => (
  <bdi>{text.split(ISO).map((part) => (isInstant(part) ? <ExactTime at={new Date(part)} view={view} /> : part))}</bdi>
)

/** Sentences may quote others, who may write what is no time. */
const isInstant = (text: string): boolean => ISO.test(text) && !Number.isNaN(Date.parse(text))

const ExactTime = ({ at, view }: { at: Date; view: Pick<View, 'timeZone'> }) => (
  <time datetime={at.toISOString()}>{exactTime(at, view.timeZone)}</time>
)
