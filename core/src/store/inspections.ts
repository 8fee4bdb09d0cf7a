/** What was found out about incoming mail, written once for each message. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { ReportKind } from '../domain/report-kind.ts'
import type { Database } from './database.ts'
import { messageInspections } from './schema/inspections.ts'
import { inTransaction } from './transaction.ts'

export type MessageInspection = typeof messageInspections.$inferSelect

/**
 * Again after a crash: the last one counts. What scanners found stands in the message too, the score in hundredths, for lists and
 * events; a message that they were not asked about goes on as not checked.
 */
export async function saveInspection(db: Database, inspection: MessageInspection, { scanned }: { scanned: boolean }): Promise<void> {
  const { messageId, mailServerId, spam, spamScore, threat, threatDetails, checks, authentication, report, createdAt } = inspection
  const row = [
    messageId,
    mailServerId,
    spam,
    spamScore,
    threat,
    threatDetails.slice(0, 255),
    json(checks),
    json(authentication),
    json(report),
    createdAt,
  ]
  await inTransaction(db, async (tx) => {
    await tx.query(
      `REPLACE INTO message_inspections (message_id, mail_server_id, spam, spam_score, threat, threat_details, checks, authentication, report,
         created_at) VALUES (?)`,
      [row],
    )
    if (!scanned) return
    const shown = threat ? threatDetails.slice(0, 255) : null
    await tx.query('UPDATE messages SET spam_score = ?, threat = ? WHERE id = ?', [Math.round(spamScore * 100), shown, messageId])
  })
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

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
