/** What of an explanation is a tenant's business: his own mail, and nothing that others' mail brought about. */
import type { Database } from '../store/database.ts'
import type { Attempt } from '../store/explanations.ts'
import { readIpPlan } from '../store/ip-plan.ts'
import { findMailServer } from '../store/mail-servers.ts'
import type { SiteLimit } from '../store/site-limits.ts'

type Tenant = { readonly mailServerId: number; readonly now: Date }

/** Without what a site replied to somebody's mail, perhaps about his recipients, and without limits of addresses that only others use. */
export async function limitsForTenant(db: Database, limits: readonly SiteLimit[], tenant: Tenant): Promise<SiteLimit[]> {
  const own = limits.some(({ sourceIp }) => sourceIp !== '') ? await addressesOf(db, tenant) : new Set<string>()
  return limits.filter(({ sourceIp }) => sourceIp === '' || own.has(sourceIp)).map((limit) => ({ ...limit, reply: '', ipPool: null }))
}

/** Those that mail of a mail server may leave from: of its own pool, and of the rules that hold for it. */
async function addressesOf(db: Database, { mailServerId, now }: Tenant): Promise<Set<string>> {
  const [{ poolOf, rules, addresses }, mailServer] = await Promise.all([readIpPlan(db, now), findMailServer(db, { id: mailServerId })])
  const applying = rules.filter(
    (rule) => rule.organizationId === mailServer?.organizationId && (rule.mailServerId ?? mailServerId) === mailServerId,
  )
  const pools = new Set([poolOf.get(mailServerId), ...applying.map(({ ipPoolId }) => ipPoolId)])
  return new Set(addresses.filter(({ ipPoolId }) => pools.has(ipPoolId)).map(({ ipv4 }) => ipv4))
}

const COMMAND = /^> (?:EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT|STARTTLS)\b/i

/** Relays are mostly the operator's: the name that we log in with there is his business. */
export function withoutLogin(attempt: Attempt): Attempt {
  let inLogin = false
  const lines = attempt.transcript?.split('\n').filter((line) => {
    if (!line.startsWith('> ')) return true
    inLogin = /^> AUTH\b/i.test(line) || (inLogin && !COMMAND.test(line))
    return !inLogin
  })
  return { ...attempt, transcript: lines?.join('\n') ?? null }
}
