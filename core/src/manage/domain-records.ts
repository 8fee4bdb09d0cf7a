/** The DNS records that a domain's owner has to set, with what the last check found. */
import { type Domain, listLiveDkimKeys, type StoredDkimKey } from '../store/domains.ts'
import type { DnsNames, Manage } from './context.ts'
import { dkimRecordOf } from './dkim.ts'
import { requireDomain, verificationRecord } from './domains.ts'

export type DnsRecord = {
  readonly purpose: 'verification' | 'spf' | 'dkim' | 'return_path' | 'mx'
  readonly type: 'TXT' | 'CNAME' | 'MX'
  readonly name: string
  readonly value: string
  readonly priority: number | null
  readonly required: boolean
  /** Null until looked at. */
  readonly status: 'ok' | 'missing' | 'invalid' | null
  readonly error: string | null
}

const MX_PRIORITY = 10

/** @throws AppError `domain.not_found`, `auth.forbidden` */
export async function domainRecords(manage: Manage, { id }: { id: number }): Promise<DnsRecord[]> {
  const domain = await requireDomain(manage, id, 'reader')
  const keys = await listLiveDkimKeys(manage.db, id)
  return [
    ...(domain.verifiedAt ? [] : [proof(manage, domain)]),
    spf(domain, manage.dnsNames),
    ...keys.map((key) => dkim(domain, key)),
    returnPath(domain, manage.dnsNames),
    ...manage.dnsNames.mxRecords.map((host) => mx(domain, host)),
  ]
}

const proof = (manage: Manage, domain: Domain): DnsRecord => ({
  purpose: 'verification',
  type: 'TXT',
  name: domain.name,
  value: verificationRecord(manage, domain),
  priority: null,
  required: true,
  status: null,
  error: null,
})

const spf = ({ name, spfStatus, spfError }: Domain, { spfInclude }: DnsNames): DnsRecord => ({
  purpose: 'spf',
  type: 'TXT',
  name,
  value: `v=spf1 a mx include:${spfInclude} ~all`,
  priority: null,
  required: true,
  status: spfStatus,
  error: spfError,
})

function dkim({ name, dnsCheckedAt, dkimError }: Domain, key: StoredDkimKey): DnsRecord {
  const published = key.publishedAt !== null
  return {
    purpose: 'dkim',
    type: 'TXT',
    name: `${key.selector}._domainkey.${name}`,
    value: dkimRecordOf(key),
    priority: null,
    required: key.algorithm === 'rsa-sha256',
    status: published ? 'ok' : dnsCheckedAt === null ? null : 'missing',
    error: published || !dkimError?.includes(key.selector) ? null : dkimError,
  }
}

const returnPath = (domain: Domain, { customReturnPathPrefix, returnPathDomain }: DnsNames): DnsRecord => ({
  purpose: 'return_path',
  type: 'CNAME',
  name: `${customReturnPathPrefix}.${domain.name}`,
  value: returnPathDomain,
  priority: null,
  required: false,
  status: domain.returnPathStatus,
  error: domain.returnPathError,
})

const mx = ({ name, mxStatus, mxError }: Domain, host: string): DnsRecord => ({
  purpose: 'mx',
  type: 'MX',
  name,
  value: host,
  priority: MX_PRIORITY,
  required: false,
  status: mxStatus,
  error: mxError,
})
