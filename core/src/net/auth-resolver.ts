/** Look-ups as mailauth asks for them: like `dns.promises.resolve`, bounded in time, on the servers that we use. */
import { Resolver } from 'node:dns/promises'

export type AuthResolver = (name: string, type: string) => Promise<unknown>

export function createAuthResolver({
  servers,
  timeoutMs,
}: {
  readonly servers: readonly string[]
  readonly timeoutMs: number
}): AuthResolver {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 })
  if (servers.length > 0) resolver.setServers(servers)
  return (name, type) => resolver.resolve(name, type)
}
