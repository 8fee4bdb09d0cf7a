/** The addresses that this machine has now. */
import { networkInterfaces } from 'node:os'

export const localAddresses = (): ReadonlySet<string> =>
  new Set(Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address)))
