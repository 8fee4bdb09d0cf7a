/** Loads what a batch of claimed entries needs, with a few queries for all of them. */
import { normaliseAddress } from '../domain/address.ts'
import type { Message } from '../domain/message.ts'
import { planRender, type RenderPlan } from '../mail/render.ts'
import type { Database } from '../store/database.ts'
import type { Directory } from '../store/directory.ts'
import { readMessages } from '../store/messages.ts'
import type { QueueEntry } from '../store/queue.ts'
import { peekRawMails, readRawMails } from '../store/raw-mails.ts'
import { findSuppressions } from '../store/suppressions.ts'
import type { Job, PlannedMail, ReadMail } from './job.ts'

export type Loading = { readonly db: Database; readonly directory: Directory; readonly clock: () => Date }

/** Entries whose message is gone have no job. */
export async function loadJobs({ db, directory, clock }: Loading, entries: readonly QueueEntry[]): Promise<Map<number, Job>> {
  const now = clock()
  const [messages, raws] = await Promise.all([
    readMessages(
      db,
      entries.map((entry) => entry.messageId),
    ),
    peekRawMails(db, [...new Set(entries.map((entry) => entry.rawMailId))], EAGER_BYTES_MAX),
  ])
  const suppressed = await loadSuppressions(db, [...messages.values()], now)
  const mails = new Map([...raws].map(([id, raw]) => [id, reader(db, id, raw)]))
  const jobs = await Promise.all(
    entries.map(async (entry): Promise<[number, Job][]> => {
      const message = messages.get(entry.messageId)
      if (!message) return []
      const { mailServerId, domainId, credentialId } = message
      const [mailServer, domain, credential] = await Promise.all([
        directory.mailServer(mailServerId),
        domainId === null ? undefined : directory.domain(domainId),
        credentialId === null ? undefined : directory.credential(credentialId),
      ])
      const suppressedFor = suppressed.get(suppressionKey(mailServerId, message.rcptTo))
      return [[message.id, { entry, message, mail: mails.get(entry.rawMailId), mailServer, domain, credential, suppressedFor, now }]]
    }),
  )
  return new Map(jobs.flat())
}

/** Larger mails are read alone and late: thousands of entries may be in hand. */
const EAGER_BYTES_MAX = 64 * 1024

/** Reads and plans when first needed, once for all recipients of the batch; mail that came in is never rendered from a plan. */
function reader(db: Database, id: number, known: Buffer | null): ReadMail {
  let mail: Promise<PlannedMail> | undefined
  const read = async (): Promise<PlannedMail> => {
    const raw = known ?? (await readRawMails(db, [id])).get(id)
    if (!raw) throw new Error(`raw mail ${id} was removed while it was being delivered`)
    let planned: RenderPlan | undefined
    return {
      raw,
      get plan() {
        planned ??= planRender(raw)
        return planned
      },
    }
  }
  return () => {
    mail ??= read()
    mail.catch(() => {
      mail = undefined // the database may be back next time
    })
    return mail
  }
}

const suppressionKey = (mailServerId: number, address: string): string => `${mailServerId} ${normaliseAddress(address)}`

async function loadSuppressions(db: Database, messages: readonly Message[], now: Date): Promise<Map<string, string>> {
  const outgoing = messages.filter((message) => message.scope === 'outgoing')
  const byServer = [...Map.groupBy(outgoing, (message) => message.mailServerId)]
  const found = await Promise.all(
    byServer.map(([mailServerId, group]) =>
      findSuppressions(
        db,
        mailServerId,
        group.map((message) => normaliseAddress(message.rcptTo)),
        now,
      ),
    ),
  )
  return new Map(found.flat().map(({ mailServerId, address, reason }) => [`${mailServerId} ${address}`, reason]))
}
