/** MTA-STS policies kept beyond a restart, so that nobody can talk us out of one by interfering with DNS. RFC 8461 §10.2 */
import type { Database } from './database.ts'
import { select } from './select.ts'

export type StoredPolicy = {
  readonly domain: string
  readonly policyId: string
  readonly mode: 'enforce' | 'testing' | 'none'
  readonly hosts: readonly string[]
  readonly expiresAt: Date
}

export async function putPolicy(db: Database, { domain, policyId, mode, hosts, expiresAt }: StoredPolicy): Promise<void> {
  await db.$client.query(
    `INSERT INTO mta_sts_policies (domain, policy_id, mode, hosts, expires_at) VALUES ? ON DUPLICATE KEY UPDATE
     policy_id = VALUES(policy_id), mode = VALUES(mode), hosts = VALUES(hosts), expires_at = VALUES(expires_at)`,
    [[[domain, policyId, mode, JSON.stringify(hosts), expiresAt]]],
  )
}

export async function findPolicy(db: Database, domain: string, now: Date): Promise<StoredPolicy | undefined> {
  const [row] = await select<Omit<StoredPolicy, 'hosts'> & { hosts: string | string[] }>(
    db.$client,
    'SELECT domain, policy_id AS policyId, mode, hosts, expires_at AS expiresAt FROM mta_sts_policies WHERE domain = ? AND expires_at > ?',
    [domain, now],
  )
  // MariaDB's JSON is text
  return row && { ...row, hosts: typeof row.hosts === 'string' ? JSON.parse(row.hosts) : row.hosts }
}
