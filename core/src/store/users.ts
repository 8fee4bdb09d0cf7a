/** People who sign in, and the organizations that they are members of. */
import { and, asc, eq, gt, isNull } from 'drizzle-orm'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import { type MEMBER_ROLES, memberships, users } from './schema/people.ts'

export type StoredUser = typeof users.$inferSelect
export type NewUser = typeof users.$inferInsert
/** What may be shown. */
export type User = Omit<StoredUser, 'passwordHash'> & { readonly hasPassword: boolean }
export type MemberRole = (typeof MEMBER_ROLES)[number]

export function withoutHash({ passwordHash, ...user }: StoredUser): User {
  return { ...user, hasPassword: passwordHash !== null }
}

export async function insertUser(db: Queries, user: NewUser): Promise<void> {
  await db.insert(users).values(user)
}

/** Letters of addresses count alike whether small or capital, by the column's collation. */
export async function findUser(
  db: Queries,
  by: { readonly id: number } | { readonly uuid: string } | { readonly emailAddress: string },
): Promise<StoredUser | undefined> {
  const one = 'id' in by ? eq(users.id, by.id) : 'uuid' in by ? eq(users.uuid, by.uuid) : eq(users.emailAddress, by.emailAddress)
  const [row] = await db.select().from(users).where(one)
  return row
}

/** In order of age. */
export async function listUsers(db: Queries, { after = 0, limit = PAGE_LIMIT }: PageAfter = {}): Promise<User[]> {
  const rows = await db.select().from(users).where(gt(users.id, after)).orderBy(asc(users.id)).limit(limit)
  return rows.map(withoutHash)
}

/** Those who may sign in and do everything. Locked, so that two cannot take the right from each other at once. */
export async function lockAdmins(tx: Queries): Promise<number[]> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.admin, true), isNull(users.disabledAt)))
    .orderBy(asc(users.id))
    .for('update')
  return rows.map((row) => row.id)
}

export type UserChange = Partial<Omit<StoredUser, 'id' | 'uuid' | 'createdAt'>>

export async function updateUser(db: Queries, id: number, changes: UserChange): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(users).set(changes).where(eq(users.id, id))
}

export async function findRole(db: Queries, member: { organizationId: number; userId: number }): Promise<MemberRole | undefined> {
  const [row] = await db
    .select({ role: memberships.role })
    .from(memberships)
    .where(and(eq(memberships.organizationId, member.organizationId), eq(memberships.userId, member.userId)))
  return row?.role
}

export type Member = { readonly user: User; readonly role: MemberRole }

/** In order of the users' age. */
export async function listMembers(db: Queries, organizationId: number): Promise<Member[]> {
  const rows = await db
    .select({ user: users, role: memberships.role })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(eq(memberships.organizationId, organizationId))
    .orderBy(asc(users.id))
  return rows.map(({ user, role }) => ({ user: withoutHash(user), role }))
}

/** Adds a member or gives it another role. */
export async function putMembership(
  db: Queries,
  membership: typeof memberships.$inferInsert & { readonly role: MemberRole },
): Promise<void> {
  await db
    .insert(memberships)
    .values(membership)
    .onDuplicateKeyUpdate({ set: { role: membership.role } })
}

export async function deleteMembership(db: Queries, member: { organizationId: number; userId: number }): Promise<void> {
  await db.delete(memberships).where(and(eq(memberships.organizationId, member.organizationId), eq(memberships.userId, member.userId)))
}
