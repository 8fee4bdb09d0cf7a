/** The send limit of a mail server: so many messages in any 60 minutes, each counted once. What is over it waits, or is held as Postal does. */
import type { NewId } from '../domain/ids.ts'
import { cached } from '../store/cache.ts'
import type { Database } from '../store/database.ts'
import { clearSendLimit, type MinuteVolume, noteSendLimit, readVolume, VOLUME_MS } from '../store/send-limits.ts'
import type { Later } from './couriers/site.ts'
import type { Decision, Job } from './job.ts'

/** Undefined when the message may go on. */
export type SendLimit = (job: Job) => Promise<Decision | Later | undefined>

export type SendLimitOptions = {
  readonly db: Database
  readonly clock: () => Date
  readonly newId: NewId
  readonly random: () => number
  /** What becomes of messages over the limit. */
  readonly overLimit: 'later' | 'held'
}

/** What other processes send is seen this late. */
const VOLUME_TTL_MS = 1_000
const NEAR = 0.9

type Known = { readonly minutes: readonly MinuteVolume[]; readonly total: number; mine: number; deferred: number }
type Standing = 'fine' | 'near' | 'exceeded'

export function createSendLimit(options: SendLimitOptions): SendLimit {
  const { db, clock } = options
  const standings = new Map<number, Standing>()
  const volumeOf = cached({
    load: async (mailServerId: number): Promise<Known> => {
      const minutes = await readVolume(db, mailServerId, clock())
      return { minutes, total: minutes.reduce((sum, { messages }) => sum + messages, 0), mine: 0, deferred: 0 }
    },
    ttlMs: VOLUME_TTL_MS,
    entriesMax: 10_000,
    clock,
  })
  return async ({ entry, mailServer }) => {
    const limit = mailServer?.sendLimit ?? null
    if (limit === null || !mailServer || entry.counted) return undefined
    const known = await volumeOf(mailServer.id)
    const volume = known.total + known.mine
    const standing = volume >= limit ? 'exceeded' : volume >= limit * NEAR ? 'near' : 'fine'
    const waits = standing === 'exceeded' ? over(options, known, limit) : undefined
    if (!waits) known.mine += 1 // before anything is awaited, so that no two take the same place
    if (standings.get(mailServer.id) !== standing) {
      standings.set(mailServer.id, standing)
      await note(options, mailServer.id, { standing, volume, limit })
    }
    return waits
  }
}

type Noted = { readonly standing: Standing; readonly volume: number; readonly limit: number }

async function note({ db, clock, newId }: SendLimitOptions, mailServerId: number, { standing, volume, limit }: Noted): Promise<void> {
  if (standing === 'fine') return clearSendLimit(db, mailServerId)
  const kind = standing === 'near' ? 'limit_near' : 'limit_exceeded'
  await noteSendLimit(db, { eventId: newId(), mailServerId, kind, now: clock(), volume, limit })
}

function over({ overLimit, clock, random }: SendLimitOptions, known: Known, limit: number): Decision | Later {
  if (overLimit === 'held') return { status: 'held', details: `Message held because send limit (${limit}) has been reached.` }
  known.deferred += 1
  return {
    kind: 'later',
    at: new Date(freeAt(known, limit, clock()).getTime() + random() * 30_000),
    why: `send limit of ${limit} messages an hour`,
  }
}

/** When enough of the last hour's messages are older than that for this one, behind those that were told to wait before it. */
function freeAt({ minutes, total, deferred }: Pick<Known, 'minutes' | 'total' | 'deferred'>, limit: number, now: Date): Date {
  let toLeave = Math.max(1, total - limit + deferred)
  const rounds = Math.floor((toLeave - 1) / Math.max(1, total))
  toLeave -= rounds * total
  for (const { minute, messages } of minutes) {
    toLeave -= messages
    if (toLeave <= 0) return new Date(minute.getTime() + 60_000 + VOLUME_MS * (rounds + 1))
  }
  return new Date(now.getTime() + VOLUME_MS)
}
