/** Control tables of the installation itself: its processes and its secrets. */
import { json, mysqlTable, primaryKey, smallint, tinyint, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { bytes, id, instant } from './columns.ts'

/** A running process. Ids are made with its `node`; claims of its queue entries die with its `lease`. */
export const nodeLeases = mysqlTable(
  'node_leases',
  {
    node: smallint().primaryKey(),
    /** Grows by one with every holder: the fencing number. */
    lease: id().notNull(),
    role: varchar({ length: 16 }).notNull(),
    holder: varchar({ length: 255 }).notNull(),
    leasedUntil: instant().notNull(),
  },
  (t) => [uniqueIndex('node_leases_lease').on(t.lease)],
)

/** Which addresses a worker's machine has, as it last said: those of other machines are no use to it. */
export const workerAddresses = mysqlTable('worker_addresses', {
  node: smallint().primaryKey(),
  machine: varchar({ length: 255 }).notNull(),
  addresses: json().$type<string[]>().notNull(),
  seenAt: instant().notNull(),
})

/** Secrets of the installation that rotate by id: tracking keys (purpose `tracking`) and the RSA signing key (`signing`). */
export const installationKeys = mysqlTable(
  'installation_keys',
  {
    purpose: varchar({ length: 16, enum: ['tracking', 'signing'] }).notNull(),
    keyId: tinyint({ unsigned: true }).notNull(),
    secretSealed: bytes().notNull(),
    createdAt: instant().notNull(),
    retiredAt: instant(),
  },
  (t) => [primaryKey({ columns: [t.purpose, t.keyId] })],
)
