/** Checks the DNS of a domain and keeps what was found. */
import type { Dns } from '../net/dns.ts'
import { change } from '../store/change.ts'
import {
  type Domain,
  type DomainChange,
  listLiveDkimKeys,
  retireOlderKeys,
  type StoredDkimKey,
  setPublished,
  updateDomain,
} from '../store/domains.ts'
import { type DnsNames, type Manage, record } from './context.ts'
import { checkDkim, checkMx, checkReturnPath, checkSpf, type Finding } from './dns-findings.ts'
import { requireDomain } from './domains.ts'

export type KeyFinding = { readonly key: StoredDkimKey; readonly finding: Finding }
export type DomainCheck = {
  readonly domain: Domain
  readonly keys: readonly KeyFinding[]
  /** No warning, and none before it: MX and return path may be absent. */
  readonly ok: boolean
  /** Whether `ok` is another than after the last check; false at the first. */
  readonly changed: boolean
}

/** @throws AppError `domain.not_found`, `auth.forbidden` */
export async function checkDomain(manage: Manage, { id }: { id: number }): Promise<DomainCheck> {
  const domain = await requireDomain(manage, id, 'reader')
  const found = await look(manage.newDns(), domain.name, manage.dnsNames, await listLiveDkimKeys(manage.db, id))
  const changes: DomainChange = {
    dnsCheckedAt: manage.clock(),
    ...outcome('spf', found.spf),
    ...outcome('dkim', dkimFinding(found.keys)),
    ...outcome('mx', found.mx),
    ...outcome('returnPath', found.returnPath),
  }
  await change(manage.db, async (tx) => {
    await updateDomain(tx, id, changes)
    await setPublished(tx, idsWith(found.keys, 'ok'), manage.clock())
    await setPublished(tx, [...idsWith(found.keys, 'missing'), ...idsWith(found.keys, 'invalid')], null)
    for (const { key } of found.keys.filter(({ finding }) => finding.status === 'ok')) await retireOlderKeys(tx, key, manage.clock())
    // The scheduled checks of unchanged domains would drown everything else.
    if (manage.actor.type !== 'system')
      await record(tx, manage, { action: 'domain.checked', subjectId: id, organizationId: domain.organizationId })
  })
  const checked = { ...domain, ...changes }
  const ok = isDnsOk(checked)
  return { domain: checked, keys: found.keys, ok, changed: domain.dnsCheckedAt !== null && isDnsOk(domain) !== ok }
}

async function look(dns: Dns, name: string, names: DnsNames, live: readonly StoredDkimKey[]) {
  const [spf, mx, returnPath, keys] = await Promise.all([
    checkSpf(dns, name, names),
    checkMx(dns, name, names),
    checkReturnPath(dns, name, names),
    Promise.all(live.map(async (key) => ({ key, finding: await checkDkim(dns, name, key) }))),
  ])
  return { spf, mx, returnPath, keys }
}

/** Mail is signed as soon as one RSA key is published; Ed25519 alone reaches too few receivers. */
function dkimFinding(keys: readonly KeyFinding[]): Finding {
  const rsa = keys.filter(({ key }) => key.algorithm === 'rsa-sha256').map(({ finding }) => finding)
  return rsa.find(({ status }) => status === 'ok') ?? rsa.find(({ status }) => status === 'unknown') ?? rsa.at(-1) ?? { status: 'unknown' }
}

const idsWith = (keys: readonly KeyFinding[], status: Finding['status']): number[] =>
  keys.filter(({ finding }) => finding.status === status).map(({ key }) => key.id)

const ERROR_MAX = 500

/** Nothing for a finding that tells nothing, so that one lost answer does not switch a domain off. */
function outcome(check: 'spf' | 'dkim' | 'mx' | 'returnPath', finding: Finding): DomainChange {
  if (finding.status === 'unknown') return {}
  const error = 'error' in finding ? finding.error.slice(0, ERROR_MAX) : null
  return { [`${check}Status`]: finding.status, [`${check}Error`]: error }
}

type Statuses = Pick<Domain, 'spfStatus' | 'dkimStatus' | 'mxStatus' | 'returnPathStatus'>

export const isDnsOk = ({ spfStatus, dkimStatus, mxStatus, returnPathStatus }: Statuses): boolean =>
  spfStatus === 'ok' && dkimStatus === 'ok' && mxStatus !== 'invalid' && returnPathStatus !== 'invalid'
