/** Sessions that wait for their next message, each for a while. The one used last is used next, so that the others may end. */
import type { HostSession } from './open-host.ts'

type Idle = { readonly pool: string; readonly session: HostSession; readonly timer: NodeJS.Timeout }

export type IdleSessions = {
  readonly size: number
  readonly take: (pool: string) => HostSession | undefined
  readonly keep: (pool: string, session: HostSession, idleMs: number) => void
  /** Ends the one that has idled longest for another pool. */
  readonly dropOther: (pool: string) => void
  readonly closeAll: () => Promise<void>
}

export function createIdleSessions(): IdleSessions {
  let idles: Idle[] = []
  const remove = (idle: Idle): HostSession => {
    clearTimeout(idle.timer)
    idles = idles.filter((other) => other !== idle)
    return idle.session
  }
  return {
    get size() {
      return idles.length
    },
    take: (pool) => {
      for (let idle = idles.findLast((one) => one.pool === pool); idle; idle = idles.findLast((one) => one.pool === pool)) {
        const session = remove(idle)
        if (session.alive) return session
      }
      return undefined
    },
    keep: (pool, session, idleMs) => {
      const timer = setTimeout(() => {
        idles = idles.filter((idle) => idle.session !== session)
        void session.close()
      }, idleMs)
      timer.unref()
      idles.push({ pool, session, timer })
    },
    dropOther: (pool) => {
      const oldest = idles.find((idle) => idle.pool !== pool)
      if (oldest) void remove(oldest).close()
    },
    closeAll: async () => {
      await Promise.all(
        idles.splice(0).map(({ session, timer }) => {
          clearTimeout(timer)
          return session.close()
        }),
      )
    },
  }
}
