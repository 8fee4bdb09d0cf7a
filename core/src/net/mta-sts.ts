/** MTA-STS: the policy that a domain publishes about encrypted mail to it. RFC 8461 */
import { parsePolicy, validateMx } from 'mailauth/lib/mta-sts.js'
import type { Dns } from './dns.ts'
import type { HttpClient } from './http-client.ts'

export type MtaStsPolicy = {
  readonly id: string
  readonly mode: 'enforce' | 'testing' | 'none'
  /** Names of mail hosts; `*.` stands for one label. */
  readonly hosts: readonly string[]
  readonly maxAgeMs: number
}

/** The id of the policy in force; null when there is none, undefined when DNS could not say. RFC 8461 §3.1 */
export async function findPolicyId(dns: Dns, domain: string): Promise<string | null | undefined> {
  const answer = await dns.txt(`_mta-sts.${domain}`)
  if (answer.kind === 'unavailable') return undefined
  const records = answer.kind === 'found' ? answer.records.filter((text) => /^v=STSv1\s*;/.test(text)) : []
  const id = /;\s*id=([A-Za-z0-9]{1,32})\s*(?:;|$)/.exec(records[0] ?? '')?.[1]
  return records.length === 1 && id !== undefined ? id : null
}

const TIMEOUT_MS = 10_000
const POLICY_BYTES_MAX = 64 * 1024

/** Undefined when it cannot be had, for whatever reason. Certificates are checked and redirects not followed. RFC 8461 §3.3 */
export async function fetchPolicy(http: HttpClient, domain: string, id: string): Promise<MtaStsPolicy | undefined> {
  const url = `https://mta-sts.${domain}/.well-known/mta-sts.txt`
  const answer = await http.get({ url, headers: { Accept: 'text/plain' }, timeoutMs: TIMEOUT_MS, responseBytesMax: POLICY_BYTES_MAX })
  if (answer.kind !== 'answer' || answer.status !== 200) return undefined
  try {
    const { mode, mx, maxAge } = parsePolicy(answer.body)
    if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none') return undefined
    return { id, mode, hosts: mx ?? [], maxAgeMs: Number(maxAge) * 1000 }
  } catch {
    return undefined // a policy that cannot be read is none
  }
}

export const allowsHost = ({ mode, hosts }: Pick<MtaStsPolicy, 'mode' | 'hosts'>, host: string): boolean =>
  validateMx(host, { mode, mx: [...hosts] }).valid
