/** The plan of addresses, read anew every few seconds: what is changed about pools reaches all workers so. */
import { cached } from '../store/cache.ts'
import type { Database } from '../store/database.ts'
import { type IpPlan, readIpPlan } from '../store/ip-plan.ts'

export type IpPlans = {
  readonly read: () => Promise<IpPlan>
  /** Name of the pool that an address was last seen in. */
  readonly poolOf: (ipv4: string) => string | undefined
  /** Whether a pool of that name was there when it was last read. */
  readonly has: (poolName: string) => boolean
}

const TTL_MS = 10_000
const EMPTY: IpPlan = { pools: [], addresses: [], rules: [], poolOf: new Map(), present: new Set() }

export function createIpPlans({ db, clock }: { readonly db: Database; readonly clock: () => Date }): IpPlans {
  let last = EMPTY
  const read = cached({
    load: async () => {
      last = await readIpPlan(db, clock())
      return last
    },
    ttlMs: TTL_MS,
    entriesMax: 1,
    clock,
  })
  return {
    read: () => read('all'),
    poolOf: (ipv4) => {
      const found = last.addresses.find((address) => address.ipv4 === ipv4)
      return found && last.pools.find(({ id }) => id === found.ipPoolId)?.name
    },
    has: (poolName) => last.pools.some(({ name }) => name === poolName),
  }
}
