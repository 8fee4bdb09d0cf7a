/** Times as people write them, in their own zone. */

export type LocalTime = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
}

/** An hour that the clocks skip is taken an hour later; one that they repeat, as its first. Undefined for a day that no calendar has. */
export function fromLocalTime(local: LocalTime, timeZone: string): Date | undefined {
  const wall = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute)
  const check = new Date(wall)
  if (check.getUTCMonth() !== local.month - 1 || check.getUTCDate() !== local.day || check.getUTCHours() !== local.hour) return undefined
  const candidates = [wall - DAY_MS, wall + DAY_MS].map((near) => wall - offsetMs(new Date(near), timeZone))
  const fitting = candidates.filter((ms) => ms + offsetMs(new Date(ms), timeZone) === wall)
  return new Date(fitting.length > 0 ? Math.min(...fitting) : Math.max(...candidates))
}

/** Midnight of the day in which a moment lies. */
export function startOfDay(at: Date, timeZone: string): Date {
  const local = new Date(at.getTime() + offsetMs(at, timeZone))
  const day = { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate(), hour: 0, minute: 0 }
  return fromLocalTime(day, timeZone) ?? at
}

const DAY_MS = 86_400_000

/** How far the zone's clocks are ahead of UTC. */
function offsetMs(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((found) => found.type === type)?.value)
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return wall - Math.floor(at.getTime() / 1000) * 1000
}
