/** Node leases: a process takes a node number for its ids and a lease number for its claims, both for as long as it lives. */
import { NODES_MAX } from '../domain/ids.ts'
import type { Database } from './database.ts'
import { select } from './select.ts'
import { inTransaction } from './transaction.ts'

/** How long a silent process keeps its node and its claims. */
export const LEASE_MS = 15_000
/** Ids may run this far ahead of the clock, so a node rests this long before its next holder. */
const REST_MS = 6_000

export type Lease = {
  readonly node: number
  /** Never given twice: the fencing number of all that this process claims. */
  readonly lease: number
}

type Row = { node: number; lease: number; free: number }

/**
 * Takes the lowest free node. The migration has made a row for every node, so that locking them all lets one process in at a time.
 * Times are the database's, so that machines need not agree on theirs.
 */
export async function acquireLease(db: Database, holder: { role: string; name: string }): Promise<Lease> {
  return inTransaction(db, async (tx) => {
    const rows = await select<Row>(
      tx,
      'SELECT node, lease, leased_until < UTC_TIMESTAMP(3) AS free FROM node_leases ORDER BY node FOR UPDATE',
    )
    const free = rows.find((row) => row.free)
    if (!free) throw new Error(`all ${NODES_MAX} nodes are taken: stop a process or wait ${LEASE_MS / 1000} s`)

    const lease = Math.max(...rows.map((row) => row.lease)) + 1
    await tx.query(
      `UPDATE node_leases SET lease = ?, role = ?, holder = ?, leased_until = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND
       WHERE node = ?`,
      [lease, holder.role, holder.name, LEASE_MS * 1000, free.node],
    )
    return { node: free.node, lease }
  })
}

/** @returns false when another process has taken the node: the caller must stop at once. */
export async function renewLease(db: Database, { node, lease }: Lease): Promise<boolean> {
  const [result] = await db.$client.query(
    'UPDATE node_leases SET leased_until = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND WHERE node = ? AND lease = ?',
    [LEASE_MS * 1000, node, lease],
  )
  return 'affectedRows' in result && result.affectedRows === 1
}

export async function releaseLease(db: Database, { node, lease }: Lease): Promise<void> {
  await db.$client.query('UPDATE node_leases SET leased_until = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND WHERE node = ? AND lease = ?', [
    REST_MS * 1000,
    node,
    lease,
  ])
}

/** Lease numbers whose processes are alive. A claim by any other lease may be taken back. */
export async function liveLeases(db: Database): Promise<number[]> {
  const rows = await select<{ lease: number }>(db.$client, 'SELECT lease FROM node_leases WHERE leased_until >= UTC_TIMESTAMP(3)')
  return rows.map((row) => row.lease)
}
