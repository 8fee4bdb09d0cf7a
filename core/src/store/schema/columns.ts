/** Column types that every table shares. */
import { sql } from 'drizzle-orm'
import { bigint, customType, datetime } from 'drizzle-orm/mysql-core'

/** A 53-bit id of `domain/ids.ts`. */
export const id = () => bigint({ mode: 'number', unsigned: true })

/** A UTC time to the millisecond. */
export const instant = () => datetime({ mode: 'date', fsp: 3 })

/** Raw bytes of at most 64 KiB. */
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'blob' })

/** Raw bytes of any length. */
export const longBytes = customType<{ data: Buffer }>({ dataType: () => 'longblob' })

/** A SHA-256 sized digest, comparable in an index. */
export const digest = customType<{ data: Buffer }>({ dataType: () => 'binary(32)' })

/** A public token: exact comparison, one byte a character. */
export const token = customType<{ data: string; config: { length: number } }>({
  dataType: (config) => `varchar(${config?.length ?? 32}) character set ascii collate ascii_bin`,
})

/** Text that is equal only to itself: the usual collation takes é for e, and ß for ss. */
export const exactText = customType<{ data: string; config: { length: number } }>({
  dataType: (config) => `varchar(${config?.length ?? 255}) character set utf8mb4 collate utf8mb4_bin`,
})

/** The values of a CHECK constraint. */
export const oneOf = (values: readonly string[]) => sql.raw(values.map((value) => `'${value}'`).join(', '))
