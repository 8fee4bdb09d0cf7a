/** By which way a message leaves: from which of our addresses, and through which relays, if any. */
import { domainOf } from '../domain/address.ts'
import type { Relay } from './couriers/target.ts'
import type { Job } from './job.ts'
import type { RelaysFor } from './relays.ts'
import type { ChooseSource } from './sources.ts'

export type Route = {
  /** Null for whatever address the system chooses. */
  readonly source: ChooseSource | null
  /** Empty for the domain's own hosts. */
  readonly relays: readonly Relay[]
}
export type Routing = (job: Job) => Promise<Route>

export type RoutingOptions = {
  readonly relaysFor: RelaysFor
  /** Null without IP pools. */
  readonly sources?: ((job: Job) => ChooseSource) | null
}

export const createRouting =
  ({ relaysFor, sources = null }: RoutingOptions): Routing =>
  async (job) => {
    const { mailServerId, rcptTo } = job.message
    return { relays: await relaysFor(mailServerId, domainOf(rcptTo)), source: sources?.(job) ?? null }
  }
