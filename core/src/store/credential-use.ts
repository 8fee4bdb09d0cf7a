/** When credentials were last used. */
import type { Database } from './database.ts'
import { createLastUse, type LastUse, type LastUseOptions } from './last-use.ts'

export type CredentialUse = LastUse

export const createCredentialUse = ({ db, ...options }: LastUseOptions & { readonly db: Database }): CredentialUse =>
  createLastUse((ids, now) => db.$client.query('UPDATE credentials SET last_used_at = ? WHERE id IN (?)', [now, ids]), options)
