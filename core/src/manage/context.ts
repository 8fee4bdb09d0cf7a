/** What every verb is given: the database, the vault, time and chance, and who is acting. */
import { AppError, type ErrorCode } from '../domain/errors.ts'
import type { NewId } from '../domain/ids.ts'
import type { RandomBytes } from '../domain/token.ts'
import type { Vault } from '../domain/vault.ts'
import type { Dns } from '../net/dns.ts'
import { insertAuditEntry } from '../store/audit.ts'
import type { Queries } from '../store/change.ts'
import type { Database } from '../store/database.ts'
import { isDuplicate } from '../store/faults.ts'

/** An `operator` may do everything: the command line, the system itself, and users with the admin flag. */
export type Actor =
  | { readonly type: 'user'; readonly id: number; readonly operator: boolean; readonly ipAddress: string | null }
  | { readonly type: 'credential'; readonly id: number; readonly mailServerId: number; readonly ipAddress: string | null }
  | { readonly type: 'cli' | 'system' }

/** Names in DNS that customers' records point to. `Config['dns']` is one. */
export type DnsNames = {
  readonly mxRecords: readonly string[]
  readonly spfInclude: string
  readonly returnPathDomain: string
  readonly routeDomain: string
  readonly trackDomain: string
  readonly dkimIdentifier: string
  readonly domainVerifyPrefix: string
  readonly customReturnPathPrefix: string
}

export type Manage = {
  readonly db: Database
  readonly vault: Vault
  readonly clock: () => Date
  readonly newId: NewId
  readonly randomBytes: RandomBytes
  readonly actor: Actor
  readonly dnsNames: DnsNames
  /** A resolver without memory: whoever corrects a record and checks again wants to see it. */
  readonly newDns: () => Dns
  readonly newMailServer: { readonly spamThreshold: number; readonly spamFailureThreshold: number }
}

export const isOperator = (actor: Actor): boolean =>
  actor.type === 'cli' || actor.type === 'system' || (actor.type === 'user' && actor.operator)

/** @throws AppError `auth.forbidden` */
export function requireOperator({ actor }: Pick<Manage, 'actor'>): void {
  if (!isOperator(actor)) throw new AppError('auth.forbidden', 'Only an administrator of this installation may do that.')
}

export type Note = {
  /** Noun and verb, as in `domain.created`. */
  readonly action: string
  readonly subjectId: number | null
  readonly organizationId?: number | null
  readonly details?: Readonly<{ [name: string]: unknown }>
}

/** Belongs into the transaction of the change itself. Details must hold no secret. */
export async function record(tx: Queries, { actor, newId, clock }: Pick<Manage, 'actor' | 'newId' | 'clock'>, entry: Note): Promise<void> {
  await insertAuditEntry(tx, {
    id: newId(),
    organizationId: entry.organizationId ?? null,
    actorType: actor.type,
    actorId: 'id' in actor ? actor.id : null,
    action: entry.action,
    subjectType: entry.action.split('.')[0] ?? '',
    subjectId: entry.subjectId,
    details: entry.details ?? {},
    ipAddress: 'ipAddress' in actor ? actor.ipAddress : null,
    createdAt: clock(),
  })
}

/** For `.catch` of an insert or update: another row has that value. */
export const asTaken =
  (code: ErrorCode, field: string, message: string) =>
  (fault: unknown): never => {
    throw isDuplicate(fault) ? new AppError(code, message, { field, cause: fault }) : fault
  }

/** The names of what changes, for the audit entry. */
export const changedFields = (changes: object): string[] => Object.keys(changes)

/** Leaves out what is undefined, so that an absent field of an input changes nothing. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> } // only undefined values are gone
}
