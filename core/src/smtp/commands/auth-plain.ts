/** AUTH PLAIN. RFC 4616 */
import { senderByKey } from '../credentials.ts'
import type { Dialogue } from '../dialogue.ts'
import { reply } from '../replies.ts'
import type { Services } from '../services.ts'
import { ask, refuse, type Verdict } from '../verdict.ts'
import { decodeBase64, failAuth, grant, isCancelled } from './auth-outcome.ts'

export function authPlain(dialogue: Dialogue, initial: string | null, services: Services): Verdict | Promise<Verdict> {
  if (initial !== null) return check(dialogue, initial, services)
  return ask(reply.challenge(''), (line) => (isCancelled(line) ? refuse(reply.authCancelled) : check(dialogue, line, services)))
}

/** `authzid NUL authcid NUL key`; Postal's clients also send `user NUL key`. A lone `=` is an empty response. */
async function check(dialogue: Dialogue, response: string, services: Services): Promise<Verdict> {
  const parts = decodeBase64(response).toString('utf8').split('\0')
  const key = parts.length < 2 ? undefined : parts.at(-1)
  if (key === undefined)
    return { ...(await failAuth(dialogue, { reply: reply.authProtocolError }, services)), clientError: 'missing-credentials' }

  const sender = await senderByKey(services, key)
  return sender
    ? grant(dialogue, sender, services)
    : failAuth(dialogue, { reply: reply.authInvalid, reason: 'invalid credential' }, services)
}
