/** How many connections there are: in all, from each address, from each network. */
import { neighbourhood } from './networks.ts'
import type { Limits } from './policy.ts'
import { type Reply, reply } from './replies.ts'

export type ConnectionLimits = {
  /** Counts the connection unless there are too many; then tells how to refuse it. */
  readonly enter: (ip: string, limits: Limits) => Reply | undefined
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
      if (open >= limits.connectionsMax) return reply.tooManyConnections
      if ((counts.get(address) ?? 0) >= limits.perAddressMax) return reply.tooManyFromAddress
      if ((counts.get(network) ?? 0) >= limits.perNetworkMax) return reply.tooManyFromNetwork
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
