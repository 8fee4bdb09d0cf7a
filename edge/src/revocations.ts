/** The revocation list: links, messages, mail servers and keys that are to stop working in under a minute. */
import type { TokenClaims } from '@posthaste/shared/tracking/token.ts'
import { z } from 'zod'

/** Absent lists are empty. A link is `{message id}/{link number}`. */
const Revocations = z.object({
  keys: z.array(z.int()).default([]),
  mailServers: z.array(z.int()).default([]),
  messages: z.array(z.int()).default([]),
  links: z.array(z.string()).default([]),
})
type Revocations = z.infer<typeof Revocations>

export type IsRevoked = (claims: TokenClaims) => boolean
/** Asked once for each request. */
export type RevocationReader = () => Promise<IsRevoked>

const NOTHING: IsRevoked = () => false
/** Together with KV's cache of 30 seconds (`worker.ts`) less than a minute, as far as it lies with us. */
const KEEP_MS = 25_000
/** A recipient waits no longer than this for the list. */
const READ_WAIT_MS = 250

function revokes(list: Revocations): IsRevoked {
  const keys = new Set(list.keys)
  const mailServers = new Set(list.mailServers)
  const messages = new Set(list.messages)
  const links = new Set(list.links)
  return ({ keyId, mailServerId, messageId, link }) =>
    keys.has(keyId) || mailServers.has(mailServerId) || messages.has(messageId) || links.has(`${messageId}/${link}`)
}

export type RevocationSource = {
  /** The stored list as JSON; null or undefined when there is none. Rejects when it cannot be read. */
  readonly read: () => Promise<string | null | undefined>
  readonly clock: () => Date
  readonly wait: (ms: number) => Promise<void>
  readonly onFault: (fault: unknown) => void
}

/**
 * Reads the list at most every 25 seconds. When it cannot be read the last one known stays in force, and without one nothing is revoked:
 * a redirect must not depend on the store. Requests never share a read, which on Cloudflare would die with the request that began it.
 */
export function createRevocationReader({ read, clock, wait, onFault }: RevocationSource): RevocationReader {
  let known: IsRevoked | undefined
  let readAt = Number.NEGATIVE_INFINITY

  async function refresh(): Promise<void> {
    try {
      const text = await read()
      known = text ? revokes(Revocations.parse(JSON.parse(text))) : NOTHING
    } catch (fault) {
      onFault(fault)
    }
  }

  return async () => {
    const now = clock().getTime()
    if (known && now - readAt < KEEP_MS) return known
    readAt = now
    await Promise.race([refresh(), wait(READ_WAIT_MS)])
    known ??= NOTHING
    return known
  }
}
