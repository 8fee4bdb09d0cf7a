/** MAIL: begins a transaction. RFC 5321 §4.1.1.2 */
import type { Dialogue, Transaction } from '../dialogue.ts'
import { checkMailParameters, readMailParameters } from '../parameters.ts'
import { parsePath } from '../path.ts'
import { type Reply, reply } from '../replies.ts'
import type { Services } from '../services.ts'
import { answer, refuse, type Verdict } from '../verdict.ts'

export function mailFrom(dialogue: Dialogue, argument: string, { memory }: Pick<Services, 'memory'>): Verdict {
  const path = parsePath(argument, 'FROM')
  if (path === 'no_word') return refuse(reply.unknownCommand, 'invalid-command')
  const early = tooEarly(dialogue)
  if (early) return refuse(early, 'mail-from-out-of-order')
  if (!path) return refuse(reply.senderSyntax, 'invalid-mail-from')
  const wrong = checkMailParameters(path.parameters)
  if (wrong) return refuse(wrong, 'invalid-parameter')

  const { size, smtpUtf8 } = readMailParameters(path.parameters)
  if (!smtpUtf8 && !isAscii(path.address)) return refuse(reply.needsUtf8, 'needs-smtputf8')
  const { limits } = dialogue.policy
  if (size !== null && size > limits.messageBytesMax) return refuse(reply.tooLarge(limits.messageBytesMax), 'message-too-large')
  if (dialogue.messages >= limits.messagesMax) return { ...refuse(reply.tooManyMessages, 'too-many-messages'), next: 'close' }
  if (!memory.has(size ?? 0)) return refuse(reply.noMemory, 'no-memory')

  const transaction: Transaction = { mailFrom: path.address, bytesExpected: size, smtpUtf8, recipients: [] }
  dialogue.transaction = transaction
  return answer(reply.senderOk)
}

/** MAIL after MAIL begins anew; after an accepted recipient it needs RSET first, as with Postal. */
function tooEarly({ policy, greeting, secure, sender, transaction }: Dialogue): Reply | undefined {
  if (!greeting || (transaction && transaction.recipients.length > 0)) return reply.greetFirst
  if (policy.mailNeedsTls && !secure) return reply.tlsFirst
  if (policy.auth === 'required' && !sender) return reply.authenticationRequired
  return undefined
}

/** RFC 6531 §3.4: other characters only for who has asked for them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII has them
export const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)
