/** How connections to a domain's own hosts are secured: as well as both sides can without having agreed on anything. RFC 7435 */
import type { TlsPlan } from './couriers/open-host.ts'
import type { TlsPlans } from './couriers/target.ts'

/** Any encryption is better than none; it is not verified, because who is to be met is not known for sure either. */
export const OPPORTUNISTIC: TlsPlan = { kind: 'connect', tls: { mode: 'opportunistic', verify: false }, policy: 'opportunistic' }

/** For domains without a policy. */
export const opportunisticPlans: TlsPlans = {
  forDomain: () => Promise.resolve({ name: '', forHost: () => Promise.resolve(OPPORTUNISTIC) }),
}
