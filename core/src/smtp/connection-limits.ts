/** How many connections there are: in all, from each address, from each network. */
import { neighbourhood } from './networks.ts'
import type { Limits } from './policy.ts'
import { reply } from './replies.ts'
import { refuse, type Verdict } from './verdict.ts'

export type ConnectionLimits = {
  /** Counts the connection unless there are too many; then tells how to refuse it. */
  readonly enter: (ip: string, limits: Limits) => Verdict | undefined
  readonly leave: (ip: string) => void
  readonly open: () => number
}

export function createConnectionLimits(): ConnectionLimits {
  const counts = new Map<string, number>()
  let open = 0
  const add = (key: string, change: number): void => {
    const next = (counts.get(key) ?? 0) + change
    if (next > 0) counts.set(key, next)
    else counts.delete(key)
  }
  return {
    enter: (ip, limits) => {
      const { address, network } = neighbourhood(ip)
      if (open >= limits.connectionsMax) return { ...refuse(reply.tooManyConnections, 'too-many-connections'), next: 'close' }
      if ((counts.get(address) ?? 0) >= limits.perAddressMax)
        return { ...refuse(reply.tooManyFromAddress, 'too-many-connections-from-address'), next: 'close' }
      if ((counts.get(network) ?? 0) >= limits.perNetworkMax)
        return { ...refuse(reply.tooManyFromNetwork, 'too-many-connections-from-network'), next: 'close' }
      open += 1
      add(address, 1)
      add(network, 1)
      return undefined
    },
    leave: (ip) => {
      const { address, network } = neighbourhood(ip)
      open -= 1
      add(address, -1)
      add(network, -1)
    },
    open: () => open,
  }
}
