/** The states of queue entries and messages, and the only moves between them. Statements take their conditions from here. */
import type { MessageStatus } from './message.ts'

export const QUEUE_STATES = ['ready', 'claimed', 'sending'] as const
export type QueueState = (typeof QUEUE_STATES)[number]

/** `gone`: the message has no entry, and the queue owes it nothing. */
export type EntryState = QueueState | 'gone'

type EntryMove = { readonly from: readonly EntryState[]; readonly to: EntryState }

/** What may happen to an entry. A move whose entry is in another state changes nothing. */
export const ENTRY_MOVES = {
  /** Accepted, released or redelivered. */
  queue: { from: ['gone'], to: 'ready' },
  claim: { from: ['ready'], to: 'claimed' },
  /** Just before the final dot: from here a lost worker means an unknown outcome. */
  mark_sending: { from: ['claimed', 'sending'], to: 'sending' },
  /** Settled, held or expired, by the worker that has the claim. */
  finish: { from: ['claimed', 'sending'], to: 'gone' },
  /** Tried, and to be tried again. */
  retry: { from: ['claimed', 'sending'], to: 'ready' },
  /** Handed back untouched: nothing was tried, so nothing is counted. */
  give_back: { from: ['claimed'], to: 'ready' },
  /** The worker's lease has died. */
  recover: { from: ['claimed', 'sending'], to: 'ready' },
  /** A person does not want to wait. */
  hasten: { from: ['ready'], to: 'ready' },
  /** A person stops it; what a worker has in hand cannot be stopped any more. */
  withdraw: { from: ['ready'], to: 'gone' },
} as const satisfies Readonly<Record<string, EntryMove>>

export type EntryVerb = keyof typeof ENTRY_MOVES

/** The state after a move; undefined when the move is not allowed. */
export function moveEntry(state: EntryState, verb: EntryVerb): EntryState | undefined {
  const { from, to }: EntryMove = ENTRY_MOVES[verb]
  return from.includes(state) ? to : undefined
}

/** For the WHERE of a statement that makes the move. */
export const statesBefore = (verb: EntryVerb): readonly EntryState[] => ENTRY_MOVES[verb].from

export const MESSAGE_VERBS = ['release', 'redeliver', 'hold', 'cancel_hold', 'retry_now', 'withdraw'] as const
export type MessageVerb = (typeof MESSAGE_VERBS)[number]

type MessageMove = {
  readonly from: readonly MessageStatus[]
  /** Null when only a delivery will tell what became of it. */
  readonly to: MessageStatus | null
  readonly entry: EntryVerb | null
  /** It must be in the queue, or must not. */
  readonly queued: boolean
}

const WAITING = ['pending', 'soft_failed', 'error'] as const

/** What people may do to a message. A status changes only with a delivery that says why. */
export const MESSAGE_MOVES = {
  release: { from: ['held'], to: null, entry: 'queue', queued: false },
  redeliver: { from: ['sent', 'hard_failed', 'bounced', 'processed', 'hold_cancelled', 'held'], to: null, entry: 'queue', queued: false },
  hold: { from: WAITING, to: 'held', entry: 'withdraw', queued: true },
  cancel_hold: { from: ['held'], to: 'hold_cancelled', entry: null, queued: false },
  retry_now: { from: [...WAITING, 'held', 'sent', 'hard_failed', 'bounced'], to: null, entry: 'hasten', queued: true },
  withdraw: { from: [...WAITING, 'held', 'sent', 'hard_failed', 'bounced'], to: null, entry: 'withdraw', queued: true },
} as const satisfies Readonly<Record<MessageVerb, MessageMove>>

/** Why a verb does not apply to a message. */
export type VerbRefusal = 'not_found' | 'wrong_status' | 'already_queued' | 'not_queued' | 'being_delivered' | 'raw_removed'

/** Undefined when the verb may go ahead. `entry` is the message's entry now. */
export function refuseVerb(verb: MessageVerb, status: MessageStatus, entry: EntryState): VerbRefusal | undefined {
  const move: MessageMove = MESSAGE_MOVES[verb]
  if (move.queued && entry === 'gone') return 'not_queued'
  if (!move.queued && entry !== 'gone') return 'already_queued'
  if (move.entry && moveEntry(entry, move.entry) === undefined) return 'being_delivered'
  return move.from.includes(status) ? undefined : 'wrong_status'
}
