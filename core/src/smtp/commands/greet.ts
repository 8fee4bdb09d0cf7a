/** EHLO and HELO: the client names itself, we say what we can. RFC 5321 §4.1.1.1 */
import type { Dialogue } from '../dialogue.ts'
import { reply } from '../replies.ts'
import { answer, type Verdict } from '../verdict.ts'

/** RFC 5321 §4.5.3.1.2, with room for what clients really send. */
const NAME_MAX = 300

export function ehlo(dialogue: Dialogue, name: string): Verdict {
  greet(dialogue, name, true)
  return answer(reply.capabilities([`${dialogue.hostname} My capabilities are`, ...capabilities(dialogue)]))
}

export function helo(dialogue: Dialogue, name: string): Verdict {
  greet(dialogue, name, false)
  return answer(reply.hello(dialogue.hostname))
}

/** Each greeting also resets the transaction, RFC 5321 §4.1.4. A missing name is let pass, as Postal did. */
function greet(dialogue: Dialogue, name: string, extended: boolean): void {
  dialogue.greeting = { name: name.slice(0, NAME_MAX), extended }
  dialogue.transaction = null
}

function capabilities({ policy, secure, tlsAvailable }: Dialogue): string[] {
  const authOffered = policy.auth !== 'off' && (secure || !policy.authNeedsTls)
  return [
    'PIPELINING', // RFC 2920
    `SIZE ${policy.limits.messageBytesMax}`, // RFC 1870
    '8BITMIME', // RFC 6152
    'SMTPUTF8', // RFC 6531
    'ENHANCEDSTATUSCODES', // RFC 2034
    ...(tlsAvailable && !secure ? ['STARTTLS'] : []), // RFC 3207
    ...(authOffered ? [`AUTH ${policy.cramMd5 ? 'CRAM-MD5 ' : ''}PLAIN LOGIN`] : []), // RFC 4954
  ]
}
