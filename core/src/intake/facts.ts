/** What intake reads from a mail's headers: nothing but what is stored or decides when it is sent. */
import { decodeWords } from '../mail/addresses.ts'
import { lastHeader, readHeaders } from '../mail/headers.ts'

export type Facts = {
  readonly subject: string | null
  readonly messageId: string | null
  readonly tag: string | null
  /** 0 transactional, 1 broadcast. */
  readonly priority: number
  readonly notBefore: Date | null
  readonly expiresAt: Date | null
}

/** Postal's clients know subjects of at most this many characters. */
const SUBJECT_MAX = 200
const TAG_MAX = 255
const MESSAGE_ID_MAX = 998
/** Mail may wait this long for its time. */
const WAIT_MAX_MS = 30 * 86_400_000

export function readFacts(raw: Buffer, now: Date): Facts {
  const headers = readHeaders(raw)
  const last = (name: string): string | null => lastHeader(headers, name) || null
  return {
    subject: cut(decodeWords(last('subject') ?? ''), SUBJECT_MAX) || null,
    messageId: cut(bare(last('message-id') ?? ''), MESSAGE_ID_MAX) || null,
    tag: cut(last('x-postal-tag') ?? '', TAG_MAX) || null,
    priority: /^(bulk|list)$/i.test(last('precedence') ?? '') || last('x-posthaste-stream') === 'broadcast' ? 1 : 0,
    notBefore: within(last('x-posthaste-send-at'), now),
    expiresAt: within(last('x-posthaste-expires'), now),
  }
}

const cut = (text: string, max: number): string => Array.from(text.trim()).slice(0, max).join('')
const bare = (id: string): string => id.replace(/^<|>$/g, '').trim()

/** A future time in any form that mail knows; anything else counts as absent. */
function within(text: string | null, now: Date): Date | null {
  const at = new Date(text ?? '').getTime()
  return at > now.getTime() && at < now.getTime() + WAIT_MAX_MS ? new Date(at) : null
}
