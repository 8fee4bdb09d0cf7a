/** Verbs for the suppression list of a mail server: the addresses that it must not mail. */
import { isDeliverable, normaliseAddress } from '../domain/address.ts'
import { type SuppressionSource, suppressedUntil } from '../domain/suppression.ts'
import { change } from '../store/change.ts'
import type { MailServer } from '../store/mail-servers.ts'
import { listSuppressions, putSuppressions, removeSuppression, type Suppression } from '../store/suppressions.ts'
import { requireMailServer } from './access.ts'
import { type Manage, record } from './context.ts'
import { invalid, textField, wholeField } from './fields.ts'
import { linesOf, readSuppressionLine, SUPPRESSION_HEAD, suppressionLine } from './suppression-lines.ts'

const DAY_MS = 86_400_000
/** For failures that people tell of; those that we see follow the configuration. */
const USUAL_MS = 30 * DAY_MS
const REASON = 'added by hand'

export type NewSuppressionInput = {
  readonly mailServerId: number
  readonly address: string
  readonly reason?: string
  /** Absent: as long as the reason lasts, which is for ever unless it names a failure. */
  readonly days?: number
}

/** Adds an address or replaces what is known of it. @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid` */
export async function suppress(manage: Manage, { mailServerId, days, ...input }: NewSuppressionInput): Promise<Suppression> {
  const mailServer = await requireMailServer(manage, mailServerId, 'member')
  const reason = textField('reason', input.reason ?? REASON)
  const address = addressField(input.address)
  const now = manage.clock()
  const until = days === undefined ? undefined : new Date(now.getTime() + wholeField('days', days, { min: 1, max: 36_500 }) * DAY_MS)
  const added = newSuppression(manage, mailServer, { address, reason, keepUntil: until, source: 'manual' })
  await change(manage.db, async (tx) => {
    await putSuppressions(tx, [added])
    const { id: subjectId, organizationId } = mailServer
    await record(tx, manage, { action: 'suppression.added', subjectId, organizationId, details: { address, reason } })
  })
  return added
}

/** @returns false when it was not on the list @throws AppError `mail_server.not_found`, `auth.forbidden` */
export async function unsuppress(manage: Manage, input: { mailServerId: number; address: string }): Promise<boolean> {
  const { id: mailServerId, organizationId } = await requireMailServer(manage, input.mailServerId, 'member')
  const address = normaliseAddress(input.address)
  return change(manage.db, async (tx) => {
    const removed = await removeSuppression(tx, { mailServerId, address })
    const note = { action: 'suppression.removed', subjectId: mailServerId, organizationId, details: { address } }
    if (removed) await record(tx, manage, note)
    return removed
  })
}

export type SuppressionList = { readonly mailServerId: number; readonly after?: string; readonly limit?: number; readonly search?: string }

/** In order of address; each page starts after the last address of the one before. @throws AppError `mail_server.not_found` */
export async function suppressionsOf(manage: Manage, { mailServerId, search, ...page }: SuppressionList): Promise<Suppression[]> {
  await requireMailServer(manage, mailServerId, 'reader')
  const text = search?.trim().toLowerCase() ?? ''
  return listSuppressions(manage.db, { ...page, mailServerId, now: manage.clock(), ...(text === '' ? {} : { search: text }) })
}

export type Imported = {
  readonly added: number
  readonly refused: number
  /** The first of the refused lines. */
  readonly mistakes: readonly { readonly line: number; readonly problem: string }[]
}

const AT_ONCE = 1_000
const MISTAKES_KEPT = 100

/**
 * Reads a list as it comes and writes it in parts; a line that is wrong is reported and the rest goes on. Safe to repeat.
 * @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid`
 */
export async function importSuppressions(
  manage: Manage,
  { mailServerId, chunks, ...input }: { mailServerId: number; chunks: AsyncIterable<string> | Iterable<string>; reason?: string },
): Promise<Imported> {
  const mailServer = await requireMailServer(manage, mailServerId, 'member')
  const usual = textField('reason', input.reason ?? 'imported')
  const mistakes: { line: number; problem: string }[] = []
  let added = 0
  let refused = 0
  const part = new Map<string, Suppression>()
  const write = async () => {
    await change(manage.db, (tx) => putSuppressions(tx, [...part.values()]))
    added += part.size
    part.clear()
  }
  for await (const line of linesOf(chunks)) {
    const read = readSuppressionLine(line)
    if (typeof read === 'string') {
      refused += 1
      if (mistakes.length < MISTAKES_KEPT) mistakes.push({ line: line.number, problem: read })
    } else if (read) {
      const { address, reason, keepUntil } = read
      part.set(address, newSuppression(manage, mailServer, { address, reason: reason ?? usual, keepUntil, source: 'import' }))
      if (part.size >= AT_ONCE) await write()
    }
  }
  await write()
  const { id: subjectId, organizationId } = mailServer
  await change(manage.db, (tx) =>
    record(tx, manage, { action: 'suppression.imported', subjectId, organizationId, details: { added, refused } }),
  )
  return { added, refused, mistakes }
}

/** The whole list as CSV, line by line, as the import reads it. @throws AppError `mail_server.not_found` */
export async function* exportSuppressions(manage: Manage, { mailServerId }: { mailServerId: number }): AsyncGenerator<string> {
  yield `${SUPPRESSION_HEAD}\n`
  let after = ''
  for (;;) {
    const page = await suppressionsOf(manage, { mailServerId, after, limit: AT_ONCE })
    if (page.length > 0) yield page.map((row) => `${suppressionLine(row)}\n`).join('')
    if (page.length < AT_ONCE) return
    after = page.at(-1)?.address ?? ''
  }
}

function addressField(value: string): string {
  const address = normaliseAddress(value)
  if (!isDeliverable(address)) throw invalid('address', 'address must be a mail address, such as ana@example.com.')
  return address
}

type Told = {
  readonly address: string
  readonly reason: string
  readonly keepUntil: Date | null | undefined
  readonly source: SuppressionSource
}

function newSuppression({ newId, clock }: Manage, { id: mailServerId }: MailServer, { keepUntil, ...told }: Told): Suppression {
  const createdAt = clock()
  const until = keepUntil === undefined ? suppressedUntil(told.reason, told.source, createdAt, USUAL_MS) : keepUntil
  return { ...told, id: newId(), mailServerId, keepUntil: until, createdAt }
}
