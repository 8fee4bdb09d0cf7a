/** Counts by hour as stacked bars, drawn on the server, with the same numbers as a table. */
import { Icon } from './icon.tsx'
import type { View } from './view.ts'

/** Drawn from the bottom up in this order; names are those of the style sheet. */
const SERIES = [
  { name: 'sent', label: 'Sent' },
  { name: 'held', label: 'Held' },
  { name: 'failed', label: 'Failed' },
] as const

type SeriesName = (typeof SERIES)[number]['name']
/** Instead of the usual words, where the same bars count something else. */
export type ChartWords = Partial<Readonly<Record<SeriesName, string>>>

const seriesIn = (words: ChartWords) => SERIES.map(({ name, label }) => ({ name, label: words[name] ?? label }))
export type ChartHour = { readonly hour: Date } & Readonly<Record<SeriesName, number>>

const HOUR_MS = 3_600_000

/** One entry for each of the last hours, also where nothing happened; the running one is the last. */
export function lastHours(
  counted: readonly ({ hour: Date; bounced: number } & Record<SeriesName, number>)[],
  now: Date,
  hours = 24,
): ChartHour[] {
  const current = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS
  return Array.from({ length: hours }, (_, index) => {
    const hour = new Date(current - (hours - 1 - index) * HOUR_MS)
    const same = counted.filter((one) => one.hour.getTime() === hour.getTime())
    const sum = (name: SeriesName | 'bounced') => same.reduce((total, one) => total + Number(one[name]), 0)
    return { hour, sent: sum('sent'), held: sum('held'), failed: sum('failed') + sum('bounced') }
  })
}

export const totalOf = (hours: readonly ChartHour[], name: SeriesName): number => hours.reduce((sum, hour) => sum + hour[name], 0)

const BAR = { width: 10, gap: 3, height: 100 } as const

type ChartProps = { readonly hours: readonly ChartHour[]; readonly view: View; readonly title: string; readonly words?: ChartWords }

export function HourChart({ hours, view, title, words = {} }: ChartProps) {
  const highest = Math.max(...hours.map(heightOf), 1)
  const label = (at: Date | undefined) => (at ? clock(at, view.timeZone) : '')
  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <Legend hours={hours} words={words} />
      </figcaption>
      <div class="chart-plot">
        <p class="chart-highest" aria-hidden="true">
          {hours.some((hour) => heightOf(hour) > 0) ? `${count(highest)} an hour` : 'Nothing happened'}
        </p>
        <Bars hours={hours} highest={highest} view={view} words={words} />
        <p class="chart-hours" aria-hidden="true">
          <span>{label(hours[0]?.hour)}</span>
          <span>{label(hours[Math.floor(hours.length / 2)]?.hour)}</span>
          <span>{label(hours.at(-1)?.hour)}</span>
        </p>
      </div>
      <HourTable hours={hours} view={view} words={words} />
    </figure>
  )
}

/** Small and without words, for lists; the numbers stand beside it. */
export function Sparkline({ hours, view, words = {} }: { hours: readonly ChartHour[]; view: View; words?: ChartWords }) {
  return (
    <div class="chart-small" aria-hidden="true">
      <Bars hours={hours} highest={Math.max(...hours.map(heightOf), 1)} view={view} words={words} />
    </div>
  )
}

const heightOf = ({ sent, held, failed }: ChartHour): number => sent + held + failed
const count = (value: number): string => value.toLocaleString('en')
const clock = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(at)

function Legend({ hours, words }: { hours: readonly ChartHour[]; words: ChartWords }) {
  return (
    <ul class="chart-legend">
      {seriesIn(words).map(({ name, label }) => (
        <li>
          <span class={`chart-key chart-${name}`} aria-hidden="true" />
          {label} <strong>{count(totalOf(hours, name))}</strong>
        </li>
      ))}
    </ul>
  )
}

type BarsProps = { hours: readonly ChartHour[]; highest: number; view: View; words: ChartWords }

function Bars({ hours, highest, view, words }: BarsProps) {
  const step = BAR.width + BAR.gap
  return (
    <svg
      class="chart-bars"
      viewBox={`0 0 ${hours.length * step - BAR.gap} ${BAR.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {hours.map((hour, index) => (
        <g>
          <title>{`${clock(hour.hour, view.timeZone)}: ${seriesIn(words)
            .map(({ name, label }) => `${label} ${count(hour[name])}`)
            .join(', ')}`}</title>
          <rect class="chart-ground" x={index * step} y={0} width={BAR.width} height={BAR.height} />
          {stacked(hour, highest).map(({ name, y, height }) => (
            <rect class={`chart-${name}`} x={index * step} y={y} width={BAR.width} height={height} />
          ))}
        </g>
      ))}
    </svg>
  )
}

type Bar = { readonly name: SeriesName; readonly y: number; readonly height: number }

/** What happened once must be seen, however high the highest bar is. */
const SEEN_MIN = 1.5

function stacked(hour: ChartHour, highest: number): Bar[] {
  let y: number = BAR.height
  return SERIES.filter(({ name }) => hour[name] > 0).map(({ name }) => {
    const height = Math.max((hour[name] / highest) * BAR.height, SEEN_MIN)
    y = Math.max(0, y - height)
    return { name, y: round(y), height: round(height) }
  })
}

const round = (value: number): number => Math.round(value * 100) / 100

function HourTable({ hours, view, words }: { hours: readonly ChartHour[]; view: View; words: ChartWords }) {
  return (
    <details class="chart-table">
      <summary>
        <Icon name="forward" />
        As a table
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Hour</th>
            {seriesIn(words).map(({ label }) => (
              <th scope="col">{label}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {hours.map((hour) => (
            <tr>
              <th scope="row">{clock(hour.hour, view.timeZone)}</th>
              {SERIES.map(({ name }) => (
                <td>{count(hour[name])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
