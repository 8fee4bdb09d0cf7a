/** The resolver that the configuration names. */
import { readFileSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { createDns, type Dns } from '../net/dns.ts'

export function composeDns({ dns }: Pick<Config, 'dns'>, clock: () => Date): Dns {
  return createDns({ servers: resolverServers({ dns }), timeoutMs: dns.timeoutMs, clock })
}

/** As `host:port`, for those that ask in a way of their own. */
export function resolverServers({ dns: { resolvers } }: Pick<Config, 'dns'>): string[] {
  if ('servers' in resolvers)
    return resolvers.servers.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`))
  // resolv.conf(5): one `nameserver` line for each.
  return [...readFileSync(resolvers.resolvConfPath, 'utf8').matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address]) => address ?? [])
}
