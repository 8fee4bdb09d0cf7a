import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MESSAGE_STATUSES, type MessageStatus } from './message.ts'
import {
  ENTRY_MOVES,
  type EntryState,
  type EntryVerb,
  MESSAGE_MOVES,
  MESSAGE_VERBS,
  moveEntry,
  QUEUE_STATES,
  refuseVerb,
} from './queue-entry.ts'

const STATES: readonly EntryState[] = [...QUEUE_STATES, 'gone']
const VERBS = Object.keys(ENTRY_MOVES) as EntryVerb[] // the keys of a literal

describe('entries', () => {
  it('follow only the moves of the table, however they are pushed about', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...VERBS), { maxLength: 50 }), (verbs) => {
        let state: EntryState = 'gone'
        for (const verb of verbs) {
          const next = moveEntry(state, verb)
          if (next === undefined) continue
          expect(ENTRY_MOVES[verb].from).toContain(state)
          state = next
        }
        expect(STATES).toContain(state)
      }),
    )
  })

  it('can always be settled in the end, whatever state they are in', () => {
    const reach = (state: EntryState, steps: number): boolean =>
      state === 'gone' ||
      (steps > 0 &&
        VERBS.some((verb) => {
          const next = moveEntry(state, verb)
          return next !== undefined && next !== state && reach(next, steps - 1)
        }))
    for (const state of STATES) expect(reach(state, 3)).toBe(true)
  })

  it('are not handed back as untouched once the final dot may be on its way', () => {
    expect(moveEntry('sending', 'give_back')).toBeUndefined()
    expect(moveEntry('sending', 'withdraw')).toBeUndefined()
  })
})

describe('verbs of people', () => {
  it('never touch an entry that a worker has in hand', () => {
    for (const verb of MESSAGE_VERBS)
      for (const status of MESSAGE_STATUSES)
        for (const entry of ['claimed', 'sending'] as const) expect(refuseVerb(verb, status, entry)).toBeDefined()
  })

  it('release only what is held, once', () => {
    expect(refuseVerb('release', 'held', 'gone')).toBeUndefined()
    expect(refuseVerb('release', 'held', 'ready')).toBe('already_queued')
    expect(refuseVerb('release', 'sent', 'gone')).toBe('wrong_status')
  })

  it('change a status only to one that a delivery can record', () => {
    const recorded = MESSAGE_STATUSES.filter((status) => status !== 'pending') as MessageStatus[]
    for (const { to } of Object.values(MESSAGE_MOVES)) if (to !== null) expect(recorded).toContain(to)
  })
})
