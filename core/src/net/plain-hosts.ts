/** Remembers for a while which hosts offer STARTTLS that does not work, each with its port, so that mail to them is not tried twice each time. */

export type PlainHosts = { readonly has: (host: string) => boolean; readonly add: (host: string) => void }

export type PlainHostsOptions = { readonly clock: () => Date; readonly hostsMax?: number; readonly rememberMs?: number }

export function createPlainHosts({ clock, hostsMax = 10_000, rememberMs = 3_600_000 }: PlainHostsOptions): PlainHosts {
  const until = new Map<string, number>()
  return {
    has(host) {
      const end = until.get(host)
      if (end !== undefined && end <= clock().getTime()) until.delete(host)
      return until.has(host)
    },
    add(host) {
      until.delete(host)
      until.set(host, clock().getTime() + rememberMs)
      const oldest = until.keys().next()
      if (until.size > hostsMax && !oldest.done) until.delete(oldest.value)
    },
  }
}
