/** A site: the hosts that take mail for one or many domains, and our connections to them. Tenants take turns for a connection. */

import type { FailedHost } from '../../domain/smtp-outcome.ts'
import { mayTryElsewhere, type SmtpResult } from '../../domain/smtp-reply.ts'
import { createTurns } from '../../domain/turns.ts'
import { isDead, narrow, openWindow, type Window, widen } from '../window.ts'
import type { HostSession, OpenedHost } from './open-host.ts'

export type SiteLimits = {
  readonly windowMax: number
  readonly messagesPerSessionMax: number
  readonly idleMs: number
  /** A dead site is asked again, by one probe, after this long. */
  readonly probeEveryMs: number
}

export type SiteResult =
  | { readonly kind: 'answered'; readonly result: SmtpResult; readonly session: HostSession }
  | { readonly kind: 'unreachable'; readonly failures: readonly FailedHost[] }

/** Opens a session to the first host, in order of preference, that is not to be avoided. */
export type Open = (avoid: ReadonlySet<string>) => Promise<OpenedHost>
export type Use = (session: HostSession) => Promise<SmtpResult>

type Idle = { readonly session: HostSession; readonly timer: NodeJS.Timeout }

/** A message meets at most this many hosts in one attempt. */
const HOSTS_PER_ATTEMPT_MAX = 3

export class Site implements AsyncDisposable {
  readonly #limits: SiteLimits
  readonly #clock: () => Date
  readonly #turns = createTurns<() => void>()
  #idle: Idle[] = []
  #active = 0
  #window: Window = openWindow()
  #failures: readonly FailedHost[] = []
  #probeAt = 0

  constructor(limits: SiteLimits, clock: () => Date) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Nothing under way and nothing worth remembering. */
  get quiet(): boolean {
    return this.#active === 0 && this.#idle.length === 0 && this.#turns.size() === 0 && this.#window.failures === 0
  }

  /** Waits for a turn, then lets `use` send on a session. While the site is dead all but one probe learn so at once. */
  async run(tenant: number, open: Open, use: Use): Promise<SiteResult> {
    if (this.#resting()) return this.#unreachable()
    await this.#turn(tenant)
    try {
      return this.#resting() ? this.#unreachable() : await this.#attempt(open, use)
    } finally {
      this.#active -= 1
      this.#next()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const idle = this.#idle.splice(0)
    for (const { timer } of idle) clearTimeout(timer)
    await Promise.all(idle.map(({ session }) => session.close()))
  }

  #unreachable = (): SiteResult => ({ kind: 'unreachable', failures: this.#failures })

  /** Dead, and somebody else is or has just been probing. The one who finds the time come becomes the probe. */
  #resting(): boolean {
    if (!isDead(this.#window)) return false
    const now = this.#clock().getTime()
    if (now < this.#probeAt) return true
    this.#probeAt = now + this.#limits.probeEveryMs
    return false
  }

  #turn(tenant: number): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.add(tenant, resolve)
      this.#next()
    })
  }

  #next(): void {
    while (this.#active < Math.floor(this.#window.size)) {
      const start = this.#turns.take()
      if (!start) return
      this.#active += 1
      start()
    }
  }

  async #attempt(open: Open, use: Use): Promise<SiteResult> {
    const avoid = new Set<string>()
    let answer = await this.#onIdle(use)
    while (!answer || (mayTryElsewhere(answer.result) && avoid.size < HOSTS_PER_ATTEMPT_MAX)) {
      if (answer) avoid.add(answer.session.endpoint.hostname)
      const opened = await open(avoid)
      if (opened.kind === 'failed') return answer ?? this.#unreached(opened.failures)
      answer = await this.#send(opened.session, use)
    }
    this.#window = widen(this.#window, this.#limits.windowMax)
    return answer
  }

  /** A session that had been idle may have been closed by the other side: then a fresh one is opened instead. */
  async #onIdle(use: Use) {
    const idle = this.#takeIdle()
    if (!idle) return undefined
    const answer = await this.#send(idle, use)
    const { result } = answer
    return result.kind === 'fault' && result.reason === 'closed' && !result.uncertain ? undefined : answer
  }

  async #send(session: HostSession, use: Use) {
    const result = await use(session).catch((fault: unknown) => {
      void session.close()
      throw fault
    })
    this.#keep(session)
    return { kind: 'answered' as const, result, session }
  }

  #unreached(failures: readonly FailedHost[]): SiteResult {
    this.#failures = failures
    this.#window = narrow(this.#window)
    if (isDead(this.#window)) this.#probeAt = this.#clock().getTime() + this.#limits.probeEveryMs
    return this.#unreachable()
  }

  #takeIdle(): HostSession | undefined {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.timer)
      if (idle.session.alive) return idle.session
    }
    return undefined
  }

  #keep(session: HostSession): void {
    if (!session.alive) return
    if (session.sent >= this.#limits.messagesPerSessionMax) {
      void session.close()
      return
    }
    const timer = setTimeout(() => {
      this.#idle = this.#idle.filter((idle) => idle.session !== session)
      void session.close()
    }, this.#limits.idleMs)
    timer.unref()
    this.#idle.push({ session, timer })
  }
}
