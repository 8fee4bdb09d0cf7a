/** Which site somebody means who names a site, or a domain whose mail goes there. */
import { normaliseDomain } from '../domain/address.ts'
import { isReportedSite, sitesOfDomains } from '../store/site-reports.ts'
import { type Ways, waysTo } from './explain-way.ts'
import { isProviderName } from './providers.ts'

export type NamedSite = {
  readonly site: string
  /** Null when the site was named itself. */
  readonly domain: string | null
}

/** A name that leads nowhere is taken for that of a site: its mail may wait for hosts that cannot be found. */
export async function siteNamed(ways: Ways, text: string): Promise<NamedSite> {
  const name = text.trim()
  const domain = normaliseDomain(name)
  if (domain === '' || isProviderName(name) || (await isReportedSite(ways.db, name))) return { site: name, domain: null }
  const seen = await sitesOfDomains(ways.db, [domain])
  const [way] = seen.has(domain) ? [] : await waysTo(ways, domain)
  return { site: seen.get(domain) ?? way?.site ?? domain, domain }
}
