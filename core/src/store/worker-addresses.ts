/** Which addresses the machines of workers have: a row for each worker, written anew by it while it lives. */
import type { AddressReport } from '../domain/presence.ts'
import type { Database } from './database.ts'
import { select } from './select.ts'

export async function putWorkerAddresses(db: Database, node: number, { machine, addresses, seenAt }: AddressReport): Promise<void> {
  await db.$client.query(
    `INSERT INTO worker_addresses (node, machine, addresses, seen_at) VALUES (?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE machine = VALUES(machine), addresses = VALUES(addresses), seen_at = VALUES(seen_at)`,
    [node, machine, JSON.stringify([...addresses]), seenAt],
  )
}

/** Of a worker that ends in good order. */
export async function removeWorkerAddresses(db: Database, node: number): Promise<void> {
  await db.$client.query('DELETE FROM worker_addresses WHERE node = ?', [node])
}

type Json = string | string[]
type Row = Omit<AddressReport, 'addresses'> & { readonly addresses: Json }

/** Also of workers that have fallen silent, until they are forgotten. */
export async function listWorkerAddresses(db: Database): Promise<AddressReport[]> {
  const rows = await select<Row>(db.$client, 'SELECT machine, addresses, seen_at AS seenAt FROM worker_addresses ORDER BY node')
  return rows.map((row) => ({ ...row, addresses: new Set(parsed(row.addresses)) }))
}

/** Null when it has not said yet which addresses it has. */
export type LiveWorker = { readonly lease: number; readonly addresses: ReadonlySet<string> | null }

export async function listLiveWorkers(db: Database): Promise<LiveWorker[]> {
  const rows = await select<{ lease: number; addresses: Json | null }>(
    db.$client,
    `SELECT lease, addresses FROM node_leases LEFT JOIN worker_addresses USING (node)
     WHERE role = 'worker' AND leased_until >= UTC_TIMESTAMP(3)`,
  )
  return rows.map(({ lease, addresses }) => ({ lease, addresses: addresses === null ? null : new Set(parsed(addresses)) }))
}

/** MariaDB's JSON is text. */
const parsed = (addresses: Json): string[] => (typeof addresses === 'string' ? JSON.parse(addresses) : addresses)
