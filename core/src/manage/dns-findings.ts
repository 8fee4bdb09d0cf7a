/** What the records of a domain come to: each check looks, compares and says what is wrong, in Postal's words. */
import type { Dns } from '../net/dns.ts'
import type { DnsAnswer } from '../net/dns-answer.ts'
import type { DnsNames } from './context.ts'

export type Finding =
  | { readonly status: 'ok' }
  | { readonly status: 'missing' | 'invalid'; readonly error: string }
  /** No server answered: what was known stays as it is. */
  | { readonly status: 'unknown' }

const OK: Finding = { status: 'ok' }
const UNKNOWN: Finding = { status: 'unknown' }
const missing = (error: string): Finding => ({ status: 'missing', error })
const invalid = (error: string): Finding => ({ status: 'invalid', error })

const recordsOf = <T>(answer: DnsAnswer<T>): readonly T[] => (answer.kind === 'found' ? answer.records : [])
const hostName = (name: string): string => name.toLowerCase().replace(/\.$/, '')

/** A domain may have one policy, which leads to ours directly or through the policies that it includes. RFC 7208 §3.2, §4.5 */
export async function checkSpf(dns: Dns, domain: string, { spfInclude }: DnsNames): Promise<Finding> {
  const answer = await dns.txt(domain)
  if (answer.kind === 'unavailable') return UNKNOWN
  const policies = recordsOf(answer).filter(isSpf)
  if (policies.length === 0) return missing('No SPF record exists for this domain')
  if (policies.length > 1) return invalid(`There are ${policies.length} SPF records for this domain; merge them into one`)
  const leads = await leadsTo(dns, policies[0] ?? '', hostName(spfInclude), { left: SPF_LOOKUPS_MAX })
  return leads ? OK : invalid(`An SPF record exists but it doesn't include ${spfInclude}`)
}

/** RFC 7208 §4.6.4 */
const SPF_LOOKUPS_MAX = 10
const isSpf = (text: string): boolean => /^v=spf1(\s|$)/i.test(text)

async function leadsTo(dns: Dns, policy: string, wanted: string, lookups: { left: number }): Promise<boolean> {
  const targets = [...policy.matchAll(/(?:^|\s)(?:\+?include:|redirect=)\s*(\S+)/gi)].map(([, target = '']) => hostName(target))
  if (targets.includes(wanted)) return true
  for (const target of targets) {
    if (lookups.left === 0) return false
    lookups.left -= 1
    const nested = recordsOf(await dns.txt(target)).find(isSpf)
    if (nested && (await leadsTo(dns, nested, wanted, lookups))) return true
  }
  return false
}

export type PublishedKey = { readonly selector: string; readonly publicKey: string }

/** Compares what counts, the key: order, blanks and further tags are the publisher's business. RFC 6376 §3.6.1 */
export async function checkDkim(dns: Dns, domain: string, { selector, publicKey }: PublishedKey): Promise<Finding> {
  const name = `${selector}._domainkey.${domain}`
  const answer = await dns.txt(name)
  if (answer.kind === 'unavailable') return UNKNOWN
  const records = recordsOf(answer)
  if (records.length === 0) return missing(`No TXT records were returned for ${name}`)
  if (records.length > 1) return invalid(`There are ${records.length} records for at ${name}. There should only be one.`)
  const tags = dkimTags(records[0] ?? '')
  const usable = (tags.get('v') ?? 'DKIM1') === 'DKIM1' && /(^|:)\s*sha256\s*(:|$)/.test(tags.get('h') ?? 'sha256')
  if (usable && tags.get('p') === publicKey) return OK
  return invalid(`The DKIM record at ${name} does not match the record we have provided. Please check it has been copied correctly.`)
}

/** Tag lists allow blanks around everything, and inside base64. RFC 6376 §3.2 */
function dkimTags(text: string): Map<string, string> {
  const pairs = text.split(';').map((tag) => /^\s*([a-z]\w*)\s*=([\s\S]*)$/i.exec(tag))
  return new Map(pairs.flatMap((pair) => (pair ? [[pair[1] ?? '', (pair[2] ?? '').replace(/\s+/g, '')]] : [])))
}

/** Needed only by those who want to receive. RFC 5321 §5.1 */
export async function checkMx(dns: Dns, domain: string, { mxRecords }: DnsNames): Promise<Finding> {
  const answer = await dns.mx(domain)
  if (answer.kind === 'unavailable') return UNKNOWN
  const hosts = new Set(recordsOf(answer).map((record) => hostName(record.exchange)))
  if (hosts.size === 0) return missing(`There are no MX records for ${domain}`)
  const absent = mxRecords.filter((host) => !hosts.has(hostName(host)))
  if (absent.length === 0) return OK
  if (absent.length === mxRecords.length) return missing('You have MX records but none of them point to us.')
  const [records, are] = absent.length === 1 ? ['record', 'is'] : ['records', 'are']
  return invalid(`MX ${records} for ${absent.join(', ')} ${are} missing and ${are} required.`)
}

export async function checkReturnPath(dns: Dns, domain: string, names: DnsNames): Promise<Finding> {
  const name = `${names.customReturnPathPrefix}.${domain}`
  return checkCname(dns, { name, target: names.returnPathDomain, absent: `There is no return path record at ${name}` })
}

type CnameCheck = { readonly name: string; readonly target: string; readonly absent: string }

async function checkCname(dns: Dns, { name, target, absent }: CnameCheck): Promise<Finding> {
  const answer = await dns.cname(name)
  if (answer.kind === 'unavailable') return UNKNOWN
  const targets = recordsOf(answer).map(hostName)
  if (targets.length === 0) return missing(absent)
  if (targets.length === 1 && targets[0] === hostName(target)) return OK
  return invalid(
    `There is a CNAME record at ${name} but it points to ${targets.join(', ')} which is incorrect. It should point to ${target}.`,
  )
}

/** A CNAME to our host, or addresses that are all ours: providers flatten CNAMEs. */
export async function checkTrackingHost(dns: Dns, host: string, { trackDomain }: DnsNames): Promise<Finding> {
  const finding = await checkCname(dns, { name: host, target: trackDomain, absent: `There is no record at ${host}` })
  if (finding.status !== 'missing') return finding
  const [ours, theirs] = await Promise.all([addressesOf(dns, trackDomain), addressesOf(dns, host)])
  if (!ours || !theirs) return UNKNOWN
  if (theirs.length === 0) return finding
  const foreign = theirs.filter((address) => !ours.includes(address))
  if (foreign.length === 0) return OK
  return invalid(`${host} has the address ${foreign.join(', ')}, which ${trackDomain} has not. It should be a CNAME to ${trackDomain}.`)
}

/** Undefined when nobody answered. */
async function addressesOf(dns: Dns, name: string): Promise<string[] | undefined> {
  const answers = await Promise.all([dns.a(name), dns.aaaa(name)])
  if (answers.every((answer) => answer.kind === 'unavailable')) return undefined
  return answers.flatMap((answer) => recordsOf(answer))
}
