/** How an AUTH exchange ends: granted, or a failure that costs the client time. */
import type { Dialogue, Sender } from '../dialogue.ts'
import { type Reply, reply } from '../replies.ts'
import type { Services } from '../services.ts'
import type { Verdict } from '../verdict.ts'

const FAILURE_COST_MS = 1_000

/** Base64 as lenient as Postal's: blanks and missing padding are let pass. */
export const decodeBase64 = (text: string): Buffer => Buffer.from(text, 'base64')

/** RFC 4954 §4 */
export const isCancelled = (line: string): boolean => line.trim() === '*'

/** A suspended mail server authenticates; it is refused at RCPT. */
export function grant(dialogue: Dialogue, sender: Sender, { credentialUse }: Services): Verdict {
  dialogue.sender = sender
  dialogue.authFailures = 0
  credentialUse.note(sender.credential.id)
  return { reply: reply.granted(nameOf(sender)) }
}

const nameOf = ({ mailServer }: Sender): string => `${mailServer.organizationPermalink}/${mailServer.permalink}`

export type AuthFailure = {
  readonly reply: Reply
  readonly reason?: 'invalid credential' | `no server found matching ${string}`
}

/** The line that fail2ban keys on is logged first, for every client. */
export async function failAuth(dialogue: Dialogue, failure: AuthFailure, { authThrottle, mailLog }: Services): Promise<Verdict> {
  const { trace, client, policy } = dialogue
  const why = failure.reason === undefined ? {} : { reason: failure.reason }
  mailLog.smtpAuthFailed({ dialogue: trace, ipAddress: client.ip, ...why })
  dialogue.authFailures += 1
  await authThrottle.failed(client.ip)
  return {
    reply: failure.reply,
    clientError: 'invalid-credentials',
    delayMs: FAILURE_COST_MS * dialogue.authFailures,
    ...(dialogue.authFailures >= policy.limits.authFailuresMax ? { next: 'close' } : {}),
  }
}
