/** A site: the hosts that take mail for one or many domains, and our connections to them. Tenants take turns for a connection. */
import { createPace, type Rate } from '../../domain/pace.ts'
import type { FailedHost } from '../../domain/smtp-outcome.ts'
import { mayTryElsewhere, type SmtpResult } from '../../domain/smtp-reply.ts'
import { createTurns } from '../../domain/turns.ts'
import { createAwayPools, isAboutSite, type Telling } from './away-pools.ts'
import { createIdleSessions } from './idle-sessions.ts'
import { createLaters, type Later } from './later.ts'
import { type HostSession, hostPlace, type OpenedHost } from './open-host.ts'
import { createStanding, type Standing } from './standing.ts'

export type SiteLimits = {
  /** None when other workers have them all. */
  readonly connectionsMax: number
  readonly messagesPerSessionMax: number
  readonly idleMs: number
  /** A dead site is asked again, by one probe, after this long. */
  readonly probeEveryMs: number
  readonly rates: readonly Rate[]
  /** Nothing is sent until then. */
  readonly suspended?: { readonly until: Date; readonly rule: string }
}

export type SiteResult =
  | { readonly kind: 'answered'; readonly result: SmtpResult; readonly session: HostSession }
  /** `remembered` when others have found so, and nothing was tried. */
  | { readonly kind: 'unreachable'; readonly failures: readonly FailedHost[]; readonly remembered: boolean }
  | Later

export type { Later }

export type Errand = {
  /** Lines take turns for a connection: each mail server has one for each of its streams. */
  readonly line: string
  /** Sessions of one pool lead to the same hosts under the same TLS policy. */
  readonly pool: string
  /** Opens a session to the first host, in order of preference, that is not to be avoided. */
  readonly open: (avoid: ReadonlySet<string>) => Promise<OpenedHost>
  readonly use: (session: HostSession) => Promise<SmtpResult>
}

export type SiteOptions = {
  readonly limits: () => SiteLimits
  readonly clock: () => Date
  readonly random: () => number
  /** Which failures are about all of it. */
  readonly tells?: Telling
}

/** A message meets at most this many hosts in one attempt. */
const HOSTS_PER_ATTEMPT_MAX = 3
/** So many may wait here, all that a worker has in hand; `relieve` sends away whoever waits too long when others need the room. */
const WAITING_MAX = 2_000
/** A line that takes longer is too long when others need the room. */
const SOON_MS = 10_000
/** Whoever is turned away lengthens it. */
const CROWDED_MS = 10_000
/** Waits for a rate that are shorter are waited here. */
const PACE_WAIT_MAX_MS = 15_000

type Start = (later: Later | undefined) => void

export class Site implements AsyncDisposable {
  readonly #options: SiteOptions
  readonly #turns = createTurns<Start>()
  readonly #pace = createPace()
  readonly #idle = createIdleSessions()
  #active = 0
  #ending = 0
  readonly #standing: Standing
  readonly #awayPools: ReturnType<typeof createAwayPools>
  #closing = false
  #failures: readonly FailedHost[] = []
  readonly #laters: ReturnType<typeof createLaters>
  /** Until then those who come are turned away when their line is long enough. */
  #crowdedUntil = 0
  /** A running mean of what a message takes here. */
  #meanMs = 1_000
  #timer: NodeJS.Timeout | undefined

  constructor(options: SiteOptions) {
    this.#options = options
    this.#standing = createStanding(options.clock, options.tells === 'replies')
    this.#awayPools = createAwayPools(options.clock)
    this.#laters = createLaters(options)
  }

  /** Something is under way; and what it came to is worth remembering while it goes wrong. */
  get worth(): 'none' | 'some' | 'in use' {
    if (this.#active + this.#ending + this.#idle.size + this.#turns.size() > 0) return 'in use'
    return this.#standing.window().failures > 0 ? 'some' : 'none'
  }

  get waiting(): number {
    return this.#turns.size()
  }

  /** How long those who wait will have to, as things are going. */
  get drainMs(): number {
    return this.#turns.size() * this.#eachMs()
  }

  get state() {
    const { size, failures } = this.#standing.window()
    return { window: size, connections: this.#active, idle: this.#idle.size, waiting: this.waiting, dead: this.#standing.dead(), failures }
  }

  /** Waits for a turn, then lets `use` send on a session. While the site is dead all but one probe learn so at once. */
  async run(errand: Errand): Promise<SiteResult> {
    if (this.#closing) return this.#laters.now('stopping')
    const { suspended, probeEveryMs, connectionsMax } = this.#options.limits()
    if (suspended) return this.#laters.after(suspended.until, suspended.rule)
    if (connectionsMax === 0) return this.#leaveToOthers()
    const dead = this.#standing.dead()
    if (dead && !this.#standing.mayProbe(probeEveryMs)) return remembered(this.#failures)
    const refusal = this.#awayPools.refusal(errand.pool)
    if (refusal) return remembered(refusal)
    const probes = this.#awayPools.away(errand.pool) !== undefined
    if (this.#doubtful) return this.#laters.whenProven()
    if (this.waiting >= WAITING_MAX) return this.#away('busy')
    const later = await this.#turn(errand.line)
    if (later) return later
    const started = performance.now()
    try {
      const foundMeanwhile = (!dead && this.#standing.dead() && this.#failures) || (!probes && this.#awayPools.away(errand.pool))
      return foundMeanwhile ? remembered(foundMeanwhile) : await this.#attempt(errand)
    } finally {
      this.#meanMs += (performance.now() - started - this.#meanMs) * 0.1
      this.#active -= 1
      this.#next()
    }
  }

  /** This process is about to end: whoever waits goes back, and nobody may join. */
  handBack(): void {
    this.#closing = true
    for (const start of this.#turns.cut(0)) start(this.#laters.now('stopping'))
  }

  /** Keeps in line whom it can serve soon, and turns away others like them for a while. */
  relieve(): void {
    if (this.#doubtful) this.#sendAway(0, () => this.#laters.whenProven())
    if (this.drainMs <= SOON_MS) return
    this.#crowdedUntil = this.#options.clock().getTime() + CROWDED_MS
    this.#sendAway(Math.floor(SOON_MS / this.#eachMs()), () => this.#away('busy'))
  }

  /** Tells one of a crowded line to come back later, before anything was done for it. A line that is short always may join. */
  turnAway(line: string): Later | undefined {
    if (this.#options.limits().connectionsMax === 0) return this.#leaveToOthers()
    if (this.#doubtful) return this.#laters.whenProven()
    const now = this.#options.clock().getTime()
    if (now >= this.#crowdedUntil) return undefined
    const aheadMs = this.#turns.sizeOf(line) * this.#turns.lines() * this.#eachMs()
    if (aheadMs < SOON_MS / 2) return undefined
    this.#crowdedUntil = now + CROWDED_MS
    return this.#away('busy')
  }

  /** All but the first in line. */
  #sendAway(keep: number, when: () => Later): void {
    for (const start of this.#turns.cut(keep)) start(when())
  }

  /** All connections are other workers'. */
  #leaveToOthers(): Later {
    this.#sendAway(0, () => this.#laters.elsewhere())
    return this.#laters.elsewhere()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    await this.#idle.closeAll()
  }

  #away = (why: string): Later => this.#laters.inTurn(why, { drainMs: this.drainMs, eachMs: this.#eachMs() })

  /** What one more message takes, with all connections at work and no rate exceeded. */
  #eachMs(): number {
    return Math.max(this.#meanMs / this.#room(), ...this.#options.limits().rates.map((rate) => rate.perMs / rate.count))
  }

  #turn(line: string): Promise<Later | undefined> {
    return new Promise((resolve) => {
      this.#turns.add(line, resolve)
      this.#next()
    })
  }

  get #doubtful(): boolean {
    return this.#active > 0 && this.#standing.doubtful()
  }

  #room(): number {
    return Math.max(1, Math.min(this.#standing.window().size, this.#options.limits().connectionsMax))
  }

  #next(): void {
    const { rates, connectionsMax } = this.#options.limits()
    if (connectionsMax === 0) this.#leaveToOthers()
    for (let room = this.#room() - this.#active - this.#ending; room > 0 && this.#turns.size() > 0; room -= 1) {
      if (rates.length > 0 && this.#mustWait(rates)) return
      const start = this.#turns.take()
      if (!start) return
      if (rates.length > 0) this.#pace.take(rates, this.#options.clock().getTime())
      this.#active += 1
      this.#standing.started()
      start(undefined)
    }
  }

  /** Looks again when the rate allows; a long wait is not for memory. */
  #mustWait(rates: readonly Rate[]): boolean {
    const waitMs = this.#pace.waitMs(rates, this.#options.clock().getTime())
    if (waitMs === 0) return false
    const slowest = Math.max(...rates.map((rate) => rate.perMs / rate.count))
    const keep = Math.floor(PACE_WAIT_MAX_MS / slowest)
    if (this.waiting > keep + 1) this.#sendAway(keep, () => this.#away('rate'))
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#next(), waitMs)
    return true
  }

  async #attempt(errand: Errand): Promise<SiteResult> {
    const avoid = new Set<string>()
    let answer = await this.#onIdle(errand)
    while (!answer || (mayTryElsewhere(answer.result) && avoid.size < HOSTS_PER_ATTEMPT_MAX)) {
      if (answer) avoid.add(hostPlace({ ...answer.session.endpoint, name: answer.session.endpoint.hostname }))
      const opened = await this.#open(errand, avoid)
      if (opened.kind === 'failed') return answer ? this.#answered(answer) : this.#unreached(errand, opened.failures)
      answer = await this.#send(opened.session, errand)
    }
    return this.#answered(answer)
  }

  async #open({ open, pool }: Errand, avoid: ReadonlySet<string>): Promise<OpenedHost> {
    // Connections that idle for other domains count at the other side too.
    if (this.#active + this.#idle.size > this.#room()) this.#idle.dropOther(pool)
    const opened = await open(avoid)
    if (opened.kind === 'failed') return opened
    this.#awayPools.reached(pool)
    if (this.#standing.opened()) this.#next()
    return opened
  }

  #answered(answer: Extract<SiteResult, { kind: 'answered' }>): SiteResult {
    this.#standing.answered(answer.result, this.#options.limits().connectionsMax)
    return answer
  }

  /** A session that had been idle may have been closed by the other side: then a fresh one is opened instead. */
  async #onIdle(errand: Errand) {
    const idle = this.#idle.take(errand.pool)
    if (!idle) return undefined
    const answer = await this.#send(idle, errand)
    const { result } = answer
    return result.kind === 'fault' && result.reason === 'closed' && !result.uncertain ? undefined : answer
  }

  async #send(session: HostSession, { use, pool }: Errand) {
    const result = await use(session).catch((fault: unknown) => {
      void session.close()
      throw fault
    })
    const { connectionsMax, messagesPerSessionMax, idleMs } = this.#options.limits()
    if (session.alive && session.sent >= messagesPerSessionMax) this.#end(session)
    // More than we may have, since another worker has come to share them.
    else if (session.alive && this.#active + this.#idle.size > connectionsMax) this.#end(session)
    else if (session.alive) this.#idle.keep(pool, session, idleMs)
    return { kind: 'answered' as const, result, session }
  }

  /** Until the other side has heard QUIT the connection counts there, and so it does here. */
  #end(session: HostSession): void {
    this.#ending += 1
    void session.close().finally(() => {
      this.#ending -= 1
      this.#next()
    })
  }

  #unreached({ pool }: Errand, failures: readonly FailedHost[]): SiteResult {
    const { limits, tells = 'all' } = this.#options
    if (isAboutSite(failures, tells)) {
      this.#failures = failures
      this.#standing.unreached(failures, limits().probeEveryMs)
    } else this.#awayPools.failed(pool, failures, limits().probeEveryMs)
    return { kind: 'unreachable', failures, remembered: false }
  }
}

const remembered = (failures: readonly FailedHost[]): SiteResult => ({ kind: 'unreachable', failures, remembered: true })
