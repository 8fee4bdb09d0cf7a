/** Which mail hosts are ourselves, and for which domains that is meant to be: mail to others must not come back to us. RFC 5321 §5.1 */
import type { Dns } from '../net/dns.ts'
import { addressesOf } from '../net/mail-hosts.ts'
import type { TokenDomains } from '../store/addressee.ts'
import type { Database } from '../store/database.ts'
import { isKnownDomain } from '../store/route-lookup.ts'

export type OwnHosts = {
  readonly isOurs: (host: string) => Promise<boolean>
  /** Mail for the domain is meant to come in here. */
  readonly takes: (domain: string) => Promise<boolean>
}

/** Of the configuration. */
export type OwnNames = TokenDomains & {
  /** That our SMTP servers greet with. */
  readonly hostnames: readonly string[]
  /** That customers are told to point their domains to. */
  readonly mxRecords: readonly string[]
}

type Asking = { readonly db: Database; readonly dns: Dns; readonly names: OwnNames }

export function createOwnHosts({ db, dns, names }: Asking): OwnHosts {
  const { hostnames, mxRecords, returnPathDomain, routeDomain, customReturnPathPrefix } = names
  const ips = async (host: string): Promise<readonly string[]> => {
    const found = await addressesOf(dns, host)
    return found.kind === 'found' ? found.records : []
  }
  return {
    isOurs: async (host) => {
      if (hostnames.includes(host)) return true
      if (!mxRecords.includes(host)) return false
      // A filter that stands before us takes mail for domains of others too.
      const [its, ours] = await Promise.all([ips(host), Promise.all(hostnames.map(ips))])
      return its.some((ip) => ours.flat().includes(ip))
    },
    takes: async (domain) =>
      domain === returnPathDomain || domain === routeDomain || domain.startsWith(`${customReturnPathPrefix}.`) || isKnownDomain(db, domain),
  }
}
