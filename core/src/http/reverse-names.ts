/** Reverse names of clients for Received fields. They are for people to read, so nobody waits long for one. */
import type { Dns } from '../net/dns.ts'
import { cached } from '../store/cache.ts'

const WAIT_MS = 300
const KNOWN_MS = 600_000
const ENTRIES_MAX = 10_000

/** Undefined while it is not known: the look-up goes on, and a later call may find it. */
export function createReverseNames({ dns, clock }: { readonly dns: Pick<Dns, 'ptr'>; readonly clock: () => Date }) {
  const names = cached<string, string | undefined>({
    load: async (address) => {
      const answer = await dns.ptr(address).catch(() => undefined)
      return answer?.kind === 'found' ? answer.records[0] : undefined
    },
    ttlMs: KNOWN_MS,
    entriesMax: ENTRIES_MAX,
    clock,
  })
  return async (address: string): Promise<string | undefined> => {
    const tooLate = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => tooLate.resolve(undefined), WAIT_MS)
    try {
      return await Promise.race([names(address), tooLate.promise])
    } finally {
      clearTimeout(timer)
    }
  }
}
