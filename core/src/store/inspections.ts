/** What was found out about incoming mail, written once for each message. */
import { and, eq } from 'drizzle-orm'
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
