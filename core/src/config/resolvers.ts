/** The name servers that the configuration means, as addresses. Empty: those of the system. */
import { readFileSync } from 'node:fs'
import type { DnsConfig } from './groups/mail.ts'

export function resolverAddresses({ resolvers }: Pick<DnsConfig, 'resolvers'>): string[] {
  if ('servers' in resolvers)
    return resolvers.servers.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`))
  // resolv.conf(5): one `nameserver` line for each.
  return [...readFileSync(resolvers.resolvConfPath, 'utf8').matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address]) => address ?? [])
}
