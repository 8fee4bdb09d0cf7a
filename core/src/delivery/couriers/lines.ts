/**
 * Lines before places that take so many at a time. Tenants take turns; who waits is not on the place's time yet, and goes back to the
 * queue when others need the room.
 */
import { createTurns } from '../../domain/turns.ts'
import type { Later } from './site.ts'
import { createSlots } from './slots.ts'

export type LinesOptions = {
  readonly atOnce: number
  /** So many more get ready meanwhile, and cannot go back any more. */
  readonly readyMax: number
  readonly clock: () => Date
  readonly random: () => number
}

export type Errand<R, T> = {
  readonly place: string
  readonly tenant: number
  /** What takes long and needs nothing of the place. */
  readonly prepare: () => Promise<R>
  readonly work: (prepared: R) => Promise<T>
}

export type Lines = {
  /** Waits in turn with others for the same place, prepares, and works. */
  readonly run: <R, T>(errand: Errand<R, T>) => Promise<T | Later>
  /** Keeps in line who can be served soon. */
  readonly relieve: () => void
  /** This process is about to end: whoever waits goes back, and nobody may join. */
  readonly handBack: () => void
}

export function createLines(options: LinesOptions): Lines {
  const lines = new Map<string, Line>()
  let closing = false
  const lineTo = (place: string): Line => {
    const line = lines.get(place) ?? new Line(options)
    lines.set(place, line)
    return line
  }
  return {
    run: async (errand) => {
      if (closing) return later(options.clock(), 'stopping')
      const line = lineTo(errand.place)
      try {
        return await line.run(errand)
      } finally {
        if (line.empty) lines.delete(errand.place)
      }
    },
    relieve: () => {
      for (const line of lines.values()) line.relieve()
    },
    handBack: () => {
      closing = true
      for (const line of lines.values()) line.sendAway(0, (now) => later(now, 'stopping'))
    },
  }
}

const later = (at: Date, why: string): Later => ({ kind: 'later', at, why })

/** Waiting longer is too long when others need the room. */
const SOON_MS = 10_000

type Start = (later: Later | undefined) => void

class Line {
  readonly #options: LinesOptions
  readonly #turns = createTurns<Start>()
  /** Prepared, in the order in which they will work. */
  readonly #prepared: (() => void)[] = []
  #admitted = 0
  #working = 0
  readonly #slots: ReturnType<typeof createSlots>
  /** A running mean of what work takes here. */
  #meanMs = 1_000

  constructor(options: LinesOptions) {
    this.#options = options
    this.#slots = createSlots(options.random)
  }

  get empty(): boolean {
    return this.#admitted === 0 && this.#turns.size() === 0
  }

  async run<R, T>({ tenant, prepare, work }: Errand<R, T>): Promise<T | Later> {
    const sentAway = await this.#turn(tenant)
    if (sentAway) return sentAway
    try {
      const prepared = await prepare()
      return await this.#work(() => work(prepared))
    } finally {
      this.#admitted -= 1
      this.#admit()
    }
  }

  relieve(): void {
    const eachMs = this.#meanMs / this.#options.atOnce
    if (this.#turns.size() * eachMs <= SOON_MS) return
    this.sendAway(Math.floor(SOON_MS / eachMs), (now) => {
      const aheadMs = this.#slots.next(now.getTime(), this.#turns.size() * eachMs, eachMs)
      return later(new Date(now.getTime() + aheadMs), 'busy')
    })
  }

  /** All but the first in line. */
  sendAway(keep: number, until: (now: Date) => Later): void {
    for (const start of this.#turns.cut(keep)) start(until(this.#options.clock()))
  }

  #turn(tenant: number): Promise<Later | undefined> {
    return new Promise((resolve) => {
      this.#turns.add(String(tenant), resolve)
      this.#admit()
    })
  }

  #admit(): void {
    const { atOnce, readyMax } = this.#options
    while (this.#admitted < atOnce + readyMax) {
      const start = this.#turns.take()
      if (!start) return
      this.#admitted += 1
      start(undefined)
    }
  }

  async #work<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working >= this.#options.atOnce) await new Promise<void>((resolve) => this.#prepared.push(resolve))
    else this.#working += 1
    const started = performance.now()
    try {
      return await work()
    } finally {
      this.#meanMs += (performance.now() - started - this.#meanMs) * 0.1
      const next = this.#prepared.shift() // takes over the place
      if (next) next()
      else this.#working -= 1
    }
  }
}
