/** By which way a message leaves: from which of our addresses, and through which relays, if any. */
import type { Source } from './couriers/open-host.ts'
import type { Later } from './couriers/site.ts'
import type { Relay } from './couriers/target.ts'
import type { Job } from './job.ts'

export type Route = { readonly kind: 'route'; readonly source: Source | null; readonly relays: readonly Relay[] }
export type Routing = (job: Job) => Promise<Route | Later>

/** From whatever address the system chooses, straight to the domain's hosts. */
const DIRECT: Route = { kind: 'route', source: null, relays: [] }

export type RoutingOptions = {
  /** Of the installation; all mail goes through the first that answers. */
  readonly relays: readonly Relay[]
}

export function createRouting({ relays }: RoutingOptions): Routing {
  const route: Route = { ...DIRECT, relays }
  return () => Promise.resolve(route)
}
