/** The resolver that the configuration names. */
import { readFileSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { createDns, type Dns } from '../net/dns.ts'

export function composeDns({ dns }: Pick<Config, 'dns'>, clock: () => Date): Dns {
  return createDns({ servers: serversOf(dns.resolvers), timeoutMs: dns.timeoutMs, clock })
}

function serversOf(resolvers: Config['dns']['resolvers']): string[] {
  if ('servers' in resolvers)
    return resolvers.servers.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`))
  // resolv.conf(5): one `nameserver` line for each.
  return [...readFileSync(resolvers.resolvConfPath, 'utf8').matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address]) => address ?? [])
}
