/** Signing in and out. Every refusal reads and lasts the same, whether the user exists or not. */
import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import { AppError } from '../domain/errors.ts'
import { hashPassword, isOutdated, verifyPassword } from '../domain/password.ts'
import { change } from '../store/change.ts'
import { deleteSession, deleteSessions, findSession, insertSession, type Session, touchSession } from '../store/sessions.ts'
import { countAttempt } from '../store/sign-in-attempts.ts'
import { liftBlock } from '../store/throttles.ts'
import { findUser, type StoredUser, type User, updateUser, withoutHash } from '../store/users.ts'
import { type Manage, record } from './context.ts'

/** Sessions are opened by nobody yet. */
export type SessionContext = Omit<Manage, 'actor' | 'dnsNames' | 'newDns' | 'newMailServer' | 'vault'>

export type SignInInput = {
  readonly emailAddress: string
  readonly password: string
  readonly ipAddress: string
  readonly userAgent: string
  /** Stay signed in for two months instead of until half a day of rest. */
  readonly remember?: boolean
}

/** The token goes into the cookie; the database knows only its hash. */
export type SignedIn = { readonly token: string; readonly session: Session; readonly user: User }

const WINDOW_MS = 15 * 60_000
const TOKEN_BYTES = 32
const IDLE_MS = 12 * 3_600_000
const ABSOLUTE_MS = 30 * 86_400_000
const REMEMBERED_MS = 60 * 86_400_000

/** @throws AppError `auth.invalid`, `auth.throttled` */
export async function signIn(context: SessionContext, input: SignInInput): Promise<SignedIn> {
  await throttle(context, input)
  const user = await findUser(context.db, { emailAddress: input.emailAddress.trim() })
  const proved = await verifyPassword(input.password, user?.passwordHash ?? undefined)
  if (!user || !proved || user.disabledAt) {
    await refused(context, input, user)
    throw new AppError('auth.invalid', 'E-mail address or password is not right.')
  }
  const renewed = user.passwordHash && isOutdated(user.passwordHash) ? await hashPassword(input.password) : undefined
  const [atAddress] = subjects(input)
  if (atAddress) await liftBlock(context.db, { kind: 'login', subject: atAddress.subject })
  return open(context, input, user, renewed)
}

/** Few for one account from one place, more for each alone, so that nobody locks another out easily. */
function subjects({ emailAddress, ipAddress }: SignInInput) {
  const account = createHash('sha256').update(emailAddress.trim().toLowerCase()).digest('hex')
  const place = placeOf(ipAddress)
  return [
    { subject: `${place} ${account}`, limit: 10 },
    { subject: place, limit: 60 },
    { subject: account, limit: 100 },
  ]
}

/** One customer has a whole /64. RFC 6177 §2 */
function placeOf(ipAddress: string): string {
  if (!ipaddr.isValid(ipAddress)) return 'unknown'
  const address = ipaddr.process(ipAddress)
  return address instanceof ipaddr.IPv6
    ? `${new ipaddr.IPv6([...address.toByteArray().slice(0, 8), ...Array(8).fill(0)])}/64`
    : address.toString()
}

async function throttle({ db, clock }: SessionContext, input: SignInInput): Promise<void> {
  const now = clock()
  for (const { subject, limit } of subjects(input)) {
    const until = await countAttempt(db, { kind: 'login', subject, limit, windowMs: WINDOW_MS }, now)
    if (!until) continue
    const minutes = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 60_000))
    throw new AppError('auth.throttled', `Too many attempts to sign in; try again in ${minutes} minute${minutes === 1 ? '' : 's'}.`)
  }
}

/** Not the address that was typed: people type passwords there. */
async function refused(context: SessionContext, { ipAddress }: SignInInput, user: StoredUser | undefined): Promise<void> {
  const actor = user ? ({ type: 'user', id: user.id, operator: false, ipAddress } as const) : ({ type: 'system' } as const)
  await change(context.db, (tx) =>
    record(tx, { ...context, actor }, { action: 'session.refused', subjectId: null, details: user ? {} : { ipAddress } }),
  )
}

async function open(context: SessionContext, input: SignInInput, user: StoredUser, passwordHash: string | undefined): Promise<SignedIn> {
  const token = Buffer.from(context.randomBytes(TOKEN_BYTES)).toString('base64url')
  const now = context.clock()
  const session: Session = {
    id: context.newId(),
    userId: user.id,
    ipAddress: input.ipAddress.slice(0, 45),
    userAgent: input.userAgent.slice(0, 500),
    createdAt: now,
    lastSeenAt: now,
    expiresAt: new Date(now.getTime() + (input.remember ? REMEMBERED_MS : IDLE_MS)),
  }
  const actor = { type: 'user', id: user.id, operator: user.admin, ipAddress: session.ipAddress } as const
  await change(context.db, async (tx) => {
    await insertSession(tx, { ...session, tokenHash: hashOf(token) })
    if (passwordHash !== undefined) await updateUser(tx, user.id, { passwordHash })
    await record(tx, { ...context, actor }, { action: 'session.created', subjectId: session.id })
  })
  return { token, session, user: withoutHash(user) }
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/** A minute more or less does not matter, but a write for every request does. */
const TOUCH_EVERY_MS = 60_000

/** Undefined when the session has ended, also by its user being disabled. */
export async function sessionByToken(
  { db, clock }: Pick<Manage, 'db' | 'clock'>,
  token: string,
): Promise<{ readonly session: Session; readonly user: User } | undefined> {
  const now = clock()
  const found = await findSession(db, hashOf(token), now)
  if (!found || found.user.disabledAt) return undefined
  const { session } = found
  if (now.getTime() - session.lastSeenAt.getTime() >= TOUCH_EVERY_MS) {
    const idleEnd = Math.min(now.getTime() + IDLE_MS, session.createdAt.getTime() + ABSOLUTE_MS)
    // A remembered session ends later than idleness would have it, and does not move.
    const expiresAt = new Date(Math.max(session.expiresAt.getTime(), idleEnd))
    await touchSession(db, session.id, { lastSeenAt: now, expiresAt })
  }
  return { session, user: withoutHash(found.user) }
}

/** Does nothing for a session that has ended already. */
export async function signOut(context: SessionContext, { token, ipAddress }: { token: string; ipAddress: string }): Promise<void> {
  const found = await findSession(context.db, hashOf(token), context.clock())
  if (found) await revokeSession({ ...context, actor: { type: 'user', id: found.user.id, operator: false, ipAddress } }, found.session)
}

type Ender = Pick<Manage, 'db' | 'clock' | 'newId' | 'actor'>

/** Ends one session of a user. @throws AppError `session.not_found` */
export async function revokeSession(context: Ender, { id, userId }: { id: number; userId: number }): Promise<void> {
  requireSelf(context, userId)
  await change(context.db, async (tx) => {
    if (!(await deleteSession(tx, { id, userId }))) throw noSession()
    await record(tx, context, { action: 'session.deleted', subjectId: id })
  })
}

/** Ends all sessions of a user but one. @returns how many ended */
export async function revokeOtherSessions(context: Ender, { userId, keepId }: { userId: number; keepId: number }): Promise<number> {
  requireSelf(context, userId)
  return change(context.db, async (tx) => {
    const ended = await deleteSessions(tx, userId, keepId)
    await record(tx, context, { action: 'session.deleted', subjectId: null, details: { userId, ended } })
    return ended
  })
}

const noSession = () => new AppError('session.not_found', 'There is no such session.')

function requireSelf({ actor }: Ender, userId: number): void {
  const allowed = actor.type === 'cli' || actor.type === 'system' || (actor.type === 'user' && (actor.operator || actor.id === userId))
  if (!allowed) throw noSession()
}
