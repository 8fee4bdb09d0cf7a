/** STARTTLS. RFC 3207 */
import type { Dialogue } from '../dialogue.ts'
import { reply } from '../replies.ts'
import { refuse, type Verdict } from '../verdict.ts'

export function startTls(dialogue: Dialogue, argument: string): Verdict {
  if (argument !== '') return refuse(reply.noParameters('STARTTLS'))
  if (dialogue.secure) return refuse(reply.tlsActive)
  if (!dialogue.tlsAvailable) return refuse(reply.tlsUnavailable, 'tls-unavailable')
  return { reply: reply.readyForTls, next: 'start_tls' }
}
