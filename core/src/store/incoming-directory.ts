/** What decides on incoming mail, read for every mail and therefore cached for seconds; edits affect mail that waits. */
import type { EndpointType } from '../domain/message.ts'
import { cached } from './cache.ts'
import type { Database } from './database.ts'
import { type FoundEndpoint, findEndpoint } from './endpoints.ts'
import { findIncomingRoute, findIncomingRules, type IncomingRoute, type IncomingRules } from './incoming-rules.ts'

type Named = { readonly mailServerId: number; readonly id: number }

export type IncomingDirectory = {
  readonly rules: (mailServerId: number) => Promise<IncomingRules | undefined>
  readonly route: (named: Named) => Promise<IncomingRoute | undefined>
  readonly endpoint: (type: EndpointType, named: Named) => Promise<FoundEndpoint | undefined>
}

const ENTRIES_MAX = 10_000

export function createIncomingDirectory(db: Database, clock: () => Date, ttlMs = 3_000): IncomingDirectory {
  const keep = <K extends string | number, V>(load: (key: K) => Promise<V>) => cached({ load, ttlMs, entriesMax: ENTRIES_MAX, clock })
  const endpointsOf = (type: EndpointType) => keep((key: string) => findEndpoint(db, type, named(key)))
  const endpoints = { http: endpointsOf('http'), smtp: endpointsOf('smtp'), address: endpointsOf('address') }
  const route = keep((key: string) => findIncomingRoute(db, named(key)))
  return {
    rules: keep((mailServerId: number) => findIncomingRules(db, mailServerId)),
    route: (wanted) => route(keyOf(wanted)),
    endpoint: (type, wanted) => endpoints[type](keyOf(wanted)),
  }
}

const keyOf = ({ mailServerId, id }: Named): string => `${mailServerId}:${id}`

function named(key: string): Named {
  const [mailServerId = 0, id = 0] = key.split(':').map(Number)
  return { mailServerId, id }
}
