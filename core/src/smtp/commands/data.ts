/** DATA: whether the mail may come now. What it comes to is in `message.ts`. RFC 5321 §4.1.1.4 */
import type { Dialogue } from '../dialogue.ts'
import { reply } from '../replies.ts'
import type { Services } from '../services.ts'
import { refuse, type Verdict } from '../verdict.ts'

export function data({ transaction }: Dialogue, argument: string, { memory }: Pick<Services, 'memory'>): Verdict {
  if (argument !== '') return refuse(reply.noParameters('DATA'), 'invalid-parameter')
  if (!transaction || transaction.recipients.length === 0) return refuse(reply.recipientsFirst, 'data-out-of-order')
  if (!memory.has(transaction.bytesExpected ?? 0)) return refuse(reply.noMemory, 'no-memory')
  return { reply: reply.goAhead, next: 'read_data' }
}
