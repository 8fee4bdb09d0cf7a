/** Which part of a site's limits is this worker's, of all that live and have the address that mail leaves from. */
import { type Share, shareOf } from '../domain/share.ts'
import type { Database } from '../store/database.ts'
import { type LiveWorker, listLiveWorkers } from '../store/worker-addresses.ts'

/** What limits are for: a site, and one of our addresses. */
export type SitePlace = { readonly site: string; readonly sourceIp: string }

export type Shares = {
  /** Sees who has come and gone; until then this worker takes itself for the only one. */
  readonly refresh: () => Promise<void>
  readonly of: (place: SitePlace) => Share
}

export function createShares({ db, lease }: { readonly db: Database; readonly lease: number }): Shares {
  let workers: readonly LiveWorker[] = []
  /** Asked for several times for every mail. */
  let known = new WeakMap<SitePlace, Share>()
  return {
    refresh: async () => {
      workers = await listLiveWorkers(db)
      known = new WeakMap()
    },
    of: (place) => {
      const found = known.get(place)
      if (found) return found
      const leases = workers.filter((worker) => mayHave(worker, place.sourceIp)).map((worker) => worker.lease)
      const share = shareOf(`${place.site} ${place.sourceIp}`, lease, leases)
      known.set(place, share)
      return share
    },
  }
}

/** Without an address of its own mail leaves by whichever its machine chooses, which may be the same for all. */
const mayHave = ({ addresses }: LiveWorker, sourceIp: string): boolean => sourceIp === '' || addresses === null || addresses.has(sourceIp)
