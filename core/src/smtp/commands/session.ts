/** RSET, NOOP and QUIT. RFC 5321 §4.1.1.5, §4.1.1.9, §4.1.1.10 */
import type { Dialogue } from '../dialogue.ts'
import { reply } from '../replies.ts'
import { answer, refuse, type Verdict } from '../verdict.ts'

/** Ends the transaction; who the client is stays known. It does not stand for a greeting. */
export function rset(dialogue: Dialogue, argument: string): Verdict {
  if (argument !== '') return refuse(reply.noParameters('RSET'))
  dialogue.transaction = null
  return answer(reply.ok)
}

export const noop = (): Verdict => answer(reply.ok)

export const quit = (): Verdict => ({ reply: reply.goodbye, next: 'close' })
