/**
 * Keeps the TLS sessions of mail hosts for a while, so that the next connection to one takes a short handshake. RFC 8446 §2.2
 * A session is offered only to the host and under the demands that it was made with: whoever resumes it is not looked at again.
 */
import type { TLSSocket } from 'node:tls'

/** As `SmtpTls` of `smtp-options.ts`. */
type Demands = { readonly mode: string; readonly verify: boolean; readonly names?: readonly string[]; readonly judge?: unknown }
export type TlsPlace = { readonly host: string; readonly ip: string; readonly port: number; readonly tls: Demands }

export type Resumption = {
  /** To offer; undefined when there is none yet. */
  readonly session: Buffer | undefined
  /** Keeps what the server gives now and later. */
  readonly keep: (socket: TLSSocket) => void
  /** It did not work. */
  readonly forget: () => void
}

/** Undefined for a place whose certificates have to be seen each time. */
export type TlsSessions = (place: TlsPlace) => Resumption | undefined

/** So that certificates are verified again after it. */
const KEPT_MS = 30 * 60_000
/** With its certificate a session has about two kilobytes. */
const SESSIONS_MAX = 5_000

type Kept = { readonly session: Buffer; readonly madeAt: number }

export function createTlsSessions({ clock, sessionsMax = SESSIONS_MAX }: { clock: () => Date; sessionsMax?: number }): TlsSessions {
  const sessions = new Map<string, Kept>()
  const find = (key: string): Buffer | undefined => {
    const kept = sessions.get(key)
    if (!kept || kept.madeAt + KEPT_MS > clock().getTime()) return kept?.session
    sessions.delete(key)
    return undefined
  }
  const put = (key: string, session: Buffer, madeAt: number): void => {
    sessions.delete(key)
    sessions.set(key, { session, madeAt })
    const oldest = sessions.keys().next()
    if (sessions.size > sessionsMax && !oldest.done) sessions.delete(oldest.value)
  }
  return (place) => {
    // What is resumed brings no chain along, and a judge wants to see it.
    if (place.tls.mode === 'none' || place.tls.judge) return undefined
    const key = keyOf(place)
    const madeAt = sessions.get(key)?.madeAt
    return {
      session: find(key),
      keep: (socket) => {
        // The verification of a session that was resumed is as old as it was.
        const since = socket.isSessionReused() && madeAt !== undefined ? madeAt : clock().getTime()
        // Servers of TLS 1.3 give theirs after the handshake, most of them before their next reply.
        const session = socket.getSession()
        if (session) put(key, session, since)
        socket.on('session', (later) => put(key, later, since))
      },
      forget: () => void sessions.delete(key),
    }
  }
}

const keyOf = ({ host, ip, port, tls: { mode, verify, names } }: TlsPlace): string =>
  JSON.stringify([host, ip, port, mode, verify, verify ? (names ?? [host]) : []])
