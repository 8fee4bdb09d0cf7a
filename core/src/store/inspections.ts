/** What was found out about incoming mail, written once for each message. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { ReportKind } from '../domain/report-kind.ts'
import type { Database } from './database.ts'
import { messageInspections } from './schema/inspections.ts'
import { lockAndWrite, type Statement } from './transaction.ts'

export type MessageInspection = typeof messageInspections.$inferSelect

export type NewInspection = { readonly inspection: MessageInspection; readonly scanned: boolean }

/**
 * Again after a crash: the last one counts. What scanners found stands in the message too, the score in hundredths, for lists and
 * events; a message that they were not asked about goes on as not checked.
 */
export async function saveInspections(db: Database, found: readonly NewInspection[]): Promise<void> {
  if (found.length === 0) return
  const rows: Statement = [
    `REPLACE INTO message_inspections (message_id, mail_server_id, spam_score, threat, threat_details, incomplete, checks, authentication, report,
       created_at) VALUES ?`,
    [found.map(({ inspection }) => rowOf(inspection))],
  ]
  const scanned = found.flatMap(({ inspection, scanned }) => (scanned ? inspection : []))
  const statements = [rows, ...summaryStatements(scanned)]
  await lockAndWrite(db, { lock: [], decide: () => ({ statements, answer: undefined }) })
}

const DETAILS_MAX = 255

function rowOf(inspection: MessageInspection): unknown[] {
  const { messageId, mailServerId, spamScore, threat, threatDetails, incomplete, checks, authentication, report, createdAt } = inspection
  const found = [spamScore, threat, threatDetails.slice(0, DETAILS_MAX), incomplete, json(checks), json(authentication), json(report)]
  return [messageId, mailServerId, ...found, createdAt]
}

/** One statement for all messages that are to say the same: most have neither score nor threat. */
function summaryStatements(inspections: readonly MessageInspection[]): Statement[] {
  const summaryOf = ({ spamScore, threat, threatDetails }: MessageInspection) => [
    Math.round(spamScore * 100),
    threat ? threatDetails.slice(0, DETAILS_MAX) : null,
  ]
  const groups = Map.groupBy(inspections, (inspection) => JSON.stringify(summaryOf(inspection)))
  return [...groups].map(([summary, group]) => {
    const values: unknown[] = JSON.parse(summary)
    return ['UPDATE messages SET spam_score = ?, threat = ? WHERE id IN (?)', [...values, group.map(({ messageId }) => messageId)]]
  })
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

/** Those that have been inspected, by message. */
export async function readInspections(db: Database, messageIds: readonly number[]): Promise<Map<number, MessageInspection>> {
  if (messageIds.length === 0) return new Map()
  const rows = await db
    .select()
    .from(messageInspections)
    .where(inArray(messageInspections.messageId, [...messageIds]))
  return new Map(rows.map((row) => [row.messageId, row]))
}

export async function findInspection(db: Database, mailServerId: number, messageId: number): Promise<MessageInspection | undefined> {
  const [row] = await db
    .select()
    .from(messageInspections)
    .where(and(eq(messageInspections.messageId, messageId), eq(messageInspections.mailServerId, mailServerId)))
  return row
}

/** Those that are no reports, or of which nothing is known any more, are not in the map. */
export async function readReportKinds(db: Database, mailServerId: number, messageIds: readonly number[]): Promise<Map<number, ReportKind>> {
  if (messageIds.length === 0) return new Map()
  const rows = await db
    .select({ id: messageInspections.messageId, kind: sql<ReportKind | null>`json_value(${messageInspections.report}, '$.kind')` })
    .from(messageInspections)
    .where(and(eq(messageInspections.mailServerId, mailServerId), inArray(messageInspections.messageId, [...messageIds])))
  return new Map(rows.flatMap(({ id, kind }) => (kind === null ? [] : [[id, kind]])))
}
