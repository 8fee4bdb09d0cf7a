/** How operators want the connections to a recipient domain's own hosts secured, beside what DANE and MTA-STS of the domain demand. */
import type { TlsPlan } from './couriers/open-host.ts'
import type { TlsPlans } from './couriers/target.ts'

export type TlsPolicy = {
  /** Normalised; with a dot before it, all domains below it. */
  readonly domain: string
  readonly level: 'none' | 'opportunistic' | 'required' | 'verified'
  /** Instead of what the domain demands; else whichever asks for more counts. */
  readonly regardless: boolean
}

export type TlsPolicyFor = (domain: string) => TlsPolicy | undefined

/** The domain's own goes before that of the closest domain above it. */
export function findTlsPolicy(policies: readonly TlsPolicy[]): TlsPolicyFor {
  const byDomain = new Map(policies.map((policy) => [policy.domain, policy]))
  return (domain) => {
    if (byDomain.size === 0) return undefined
    const labels = domain.split('.')
    const above = labels.map((_, n) => `.${labels.slice(n + 1).join('.')}`)
    return [domain, ...above].flatMap((name) => byDomain.get(name) ?? [])[0]
  }
}

type Connecting = Extract<TlsPlan, { kind: 'connect' }>

const PLANS: Readonly<Record<TlsPolicy['level'], Connecting>> = {
  none: { kind: 'connect', tls: { mode: 'none', verify: false }, policy: 'none' },
  opportunistic: { kind: 'connect', tls: { mode: 'opportunistic', verify: false }, policy: 'opportunistic' },
  required: { kind: 'connect', tls: { mode: 'required', verify: false }, policy: 'required' },
  verified: { kind: 'connect', tls: { mode: 'required', verify: true }, policy: 'verified' },
}

export function underPolicies(plans: TlsPlans, policyFor: TlsPolicyFor): TlsPlans {
  return {
    forDomain: async (domain, hosts) => {
      const set = policyFor(domain)
      if (!set) return plans.forDomain(domain, hosts)
      if (set.regardless) return { name: `set ${set.level}`, forHost: () => Promise.resolve(PLANS[set.level]) }
      const own = await plans.forDomain(domain, hosts)
      return { name: `${own.name} set ${set.level}`.trim(), forHost: async (host) => stricter(await own.forHost(host), set) }
    },
  }
}

function stricter(own: TlsPlan, { level }: TlsPolicy): TlsPlan {
  if (own.kind === 'refuse') return own
  // TLSA records of no use to us demand encryption and vouch for nobody. RFC 7672 §2.2
  const demands = own.tls.mode === 'required' && !(level === 'verified' && own.policy === 'dane-tls')
  return demands || level === 'opportunistic' ? own : PLANS[level]
}

/** For people who ask where mail goes. */
export function policyText({ level, regardless }: TlsPolicy): string {
  const demand = regardless ? ', whatever the domain itself demands' : level === 'verified' ? '' : ', unless the domain itself demands more'
  return `By the configuration, ${WORDS[level]}${demand}.`
}

const WORDS: Readonly<Record<TlsPolicy['level'], string>> = {
  none: 'connections there are not encrypted',
  opportunistic: 'connections there are encrypted where that works',
  required: 'connections there must be encrypted',
  verified: 'connections there must be encrypted, with a certificate that is verified',
}
