/** What was found out about incoming mail: spam, viruses, who sent it, and what it reports. Beside the message, since most mail has none. */
import { boolean, decimal, index, json, mysqlTable, varchar } from 'drizzle-orm/mysql-core'
import { id, instant } from './columns.ts'

export const messageInspections = mysqlTable(
  'message_inspections',
  {
    messageId: id().primaryKey(),
    mailServerId: id().notNull(),
    /** Whether that is spam, the present thresholds say. */
    spamScore: decimal({ precision: 8, scale: 2, mode: 'number' }).notNull(),
    threat: boolean().notNull(),
    threatDetails: varchar({ length: 255 }).notNull(),
    /** A scanner did not answer: what it would have said is not known, and it is asked again when the message is tried again. */
    incomplete: boolean().notNull().default(false),
    /** Rules that the spam scanner saw apply. */
    checks: json().$type<{ name: string; score: number; description: string }[]>().notNull(),
    /** Verdicts of SPF, DKIM, DMARC and ARC; null when nothing could be judged. */
    authentication: json().$type<Record<string, unknown>>(),
    /** What we made of a mail to a return path; null for other mail. */
    report: json().$type<Record<string, unknown>>(),
    createdAt: instant().notNull(),
  },
  (t) => [index('message_inspections_mail_server').on(t.mailServerId, t.messageId), index('message_inspections_age').on(t.createdAt)],
)
