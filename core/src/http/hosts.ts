/** The names under which the web role is called: its own, where the interface is, and tracking hosts. */

import type { MiddlewareHandler } from 'hono'
import { cached } from '../store/cache.ts'
import type { WebEnv } from './web-env.ts'

/** No name in public DNS can be one of these, so that they open no door to DNS rebinding. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
const KNOWN_MS = 10_000
const ENTRIES_MAX = 10_000

export type HostsOptions = {
  /** Names of the interface. */
  readonly own: readonly string[]
  /** The installation's own tracking host. */
  readonly trackDomain: string
  readonly isTrackingDomain: (host: string) => Promise<boolean>
  readonly clock: () => Date
}

export type Hosts = {
  readonly isOwn: (host: string) => boolean
  readonly isTracking: (host: string) => Promise<boolean>
}

export function createHosts({ own, trackDomain, isTrackingDomain, clock }: HostsOptions): Hosts {
  const names = new Set([...own.map((name) => name.toLowerCase()), ...LOOPBACK])
  const isOwn = (host: string): boolean => names.has(withoutPort(host))
  const known = cached<string, boolean>({ load: isTrackingDomain, ttlMs: KNOWN_MS, entriesMax: ENTRIES_MAX, clock })
  return {
    isOwn,
    isTracking: async (host) => {
      if (isOwn(host)) return false
      if (withoutPort(host) === trackDomain) return true
      // Without the database nobody can say; a link carries its own truth, and nothing else is served to a strange host.
      return known(host).catch(() => true)
    },
  }
}

const withoutPort = (host: string): string => host.replace(/:\d+$/, '')

/** Keeps the interface to its own names: a page of ours under a stranger's name would act with our users' rights. */
export function ownHostsOnly({ isOwn }: Pick<Hosts, 'isOwn'>): MiddlewareHandler<WebEnv> {
  return async (c, next) => (isOwn(c.var.client.host) ? next() : c.text('This host name is not served here.', 403))
}
