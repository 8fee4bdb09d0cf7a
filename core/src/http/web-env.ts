/** What every request of the web role carries. */
import type { HttpBindings } from '@hono/node-server'

/** Who asked, and how, behind whatever proxies are trusted. */
export type Client = {
  readonly address: string
  readonly scheme: 'http' | 'https'
  /** Small letters; with its port, when one was given. */
  readonly host: string
}

export type WebEnv = {
  Bindings: HttpBindings
  Variables: {
    /** Ties the answer to its log lines. */
    requestId: string
    client: Client
    /** By `performance.now()`. */
    startedAt: number
    /** For the log, once it is known whose request it is. */
    mailServerId: number | undefined
  }
}
