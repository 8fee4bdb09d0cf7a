/** By which way a message leaves: from which of our addresses, and through which relays, if any. */
import type { Relay } from './couriers/target.ts'
import type { Job } from './job.ts'
import type { ChooseSource } from './sources.ts'

export type Route = {
  /** Null for whatever address the system chooses. */
  readonly source: ChooseSource | null
  /** Empty for the domain's own hosts. */
  readonly relays: readonly Relay[]
}
export type Routing = (job: Job) => Route

export type RoutingOptions = {
  /** Of the installation; all mail goes through the first that answers. */
  readonly relays: readonly Relay[]
  /** Null without IP pools. */
  readonly sources?: ((job: Job) => ChooseSource) | null
}

export const createRouting =
  ({ relays, sources = null }: RoutingOptions): Routing =>
  (job) => ({ relays, source: sources?.(job) ?? null })
