/** Sessions of signed-in users, found by the hash of their token. */
import { and, desc, eq, gt, ne } from 'drizzle-orm'
import type { Queries } from './change.ts'
import { sessions, users } from './schema/people.ts'
import type { StoredUser } from './users.ts'

export type Session = Omit<typeof sessions.$inferSelect, 'tokenHash'>
export type NewSession = typeof sessions.$inferInsert

const COLUMNS = {
  id: sessions.id,
  userId: sessions.userId,
  ipAddress: sessions.ipAddress,
  userAgent: sessions.userAgent,
  createdAt: sessions.createdAt,
  lastSeenAt: sessions.lastSeenAt,
  expiresAt: sessions.expiresAt,
}

export async function insertSession(db: Queries, session: NewSession): Promise<void> {
  await db.insert(sessions).values(session)
}

export async function findSession(
  db: Queries,
  tokenHash: Buffer,
  now: Date,
): Promise<{ readonly session: Session; readonly user: StoredUser } | undefined> {
  const [row] = await db
    .select({ session: COLUMNS, user: users })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.tokenHash, tokenHash), gt(sessions.expiresAt, now)))
  return row
}

export async function touchSession(db: Queries, id: number, seen: { lastSeenAt: Date; expiresAt: Date }): Promise<void> {
  await db.update(sessions).set(seen).where(eq(sessions.id, id))
}

/** The newest first. */
export async function listSessions(db: Queries, userId: number, now: Date): Promise<Session[]> {
  return db
    .select(COLUMNS)
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
    .orderBy(desc(sessions.id))
}

/** @returns false when the user has no such session. */
export async function deleteSession(db: Queries, { id, userId }: { id: number; userId: number }): Promise<boolean> {
  const [result] = await db.delete(sessions).where(and(eq(sessions.id, id), eq(sessions.userId, userId)))
  return result.affectedRows === 1
}

/** Ends all sessions of a user, but for one that is named. */
export async function deleteSessions(db: Queries, userId: number, keepId = 0): Promise<number> {
  const [result] = await db.delete(sessions).where(and(eq(sessions.userId, userId), ne(sessions.id, keepId)))
  return result.affectedRows
}
