/** Look-ups as mailauth asks for them: like `dns.promises.resolve`, bounded in time, on the servers that we use, kept for a minute. */
import { Resolver } from 'node:dns/promises'
import type { DnsAnswer } from './dns-answer.ts'
import { createDnsCache, type Fetched } from './dns-cache.ts'

export type AuthResolver = (name: string, type: string) => Promise<unknown>

export type AuthResolverOptions = {
  readonly servers: readonly string[]
  readonly timeoutMs: number
  readonly clock: () => Date
}

/** Mail of one sender comes in numbers, and asks for the same names: so long their answers are taken as they were. */
const KEPT_MS = 60_000
const ENTRIES_MAX = 10_000

export function createAuthResolver({ servers, timeoutMs, clock }: AuthResolverOptions): AuthResolver {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 })
  if (servers.length > 0) resolver.setServers(servers)
  // What nobody can say now is not known: a verdict on old records would be one on a key that may have been withdrawn
  const cache = createDnsCache({ clock, entriesMax: ENTRIES_MAX, staleMs: 0 })
  return async (name, type) => {
    const answer = await cache.get(`${type} ${name.toLowerCase()}`, () => look(() => resolver.resolve(name, type)))
    if (answer.kind !== 'found') throw noAnswer(answer, name)
    return [...answer.records] // mailauth sorts them in place
  }
}

async function look(resolve: () => Promise<unknown>): Promise<Fetched<unknown>> {
  try {
    return { answer: { kind: 'found', records: (await resolve()) as readonly unknown[] }, ttlMs: KEPT_MS } // a list, but for types nobody asks for
  } catch (error) {
    return { answer: failure(error), ttlMs: KEPT_MS }
  }
}

function failure(error: unknown): DnsAnswer<never> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN'
  if (code === NO_RECORDS) return { kind: 'none' }
  return code === NO_DOMAIN ? { kind: 'no_domain' } : { kind: 'unavailable', reason: code }
}

const NO_RECORDS = 'ENODATA'
const NO_DOMAIN = 'ENOTFOUND'

type NoAnswer = Exclude<DnsAnswer<never>, { kind: 'found' }>

/** As node's resolver rejects. */
function noAnswer(answer: NoAnswer, name: string): Error {
  const code = answer.kind === 'unavailable' ? answer.reason : answer.kind === 'none' ? NO_RECORDS : NO_DOMAIN
  return Object.assign(new Error(`${code} ${name}`), { code })
}
