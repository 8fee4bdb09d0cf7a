/** AUTH LOGIN: user name, then key. draft-murchison-sasl-login */
import { senderByKey } from '../credentials.ts'
import type { Dialogue } from '../dialogue.ts'
import { reply } from '../replies.ts'
import type { Services } from '../services.ts'
import { type AnswerLine, ask, refuse, type Verdict } from '../verdict.ts'
import { decodeBase64, failAuth, grant, isCancelled } from './auth-outcome.ts'

export function authLogin(dialogue: Dialogue, username: string | null, services: Services): Verdict {
  const askPassword = ask(
    reply.askPassword,
    unlessCancelled((line) => check(dialogue, line, services)),
  )
  return username === null
    ? ask(
        reply.askUsername,
        unlessCancelled(() => askPassword),
      )
    : askPassword
}

const unlessCancelled =
  (next: AnswerLine): AnswerLine =>
  (line) =>
    isCancelled(line) ? refuse(reply.authCancelled) : next(line)

async function check(dialogue: Dialogue, password: string, services: Services): Promise<Verdict> {
  const sender = await senderByKey(services, decodeBase64(password).toString('utf8'))
  return sender
    ? grant(dialogue, sender, services)
    : failAuth(dialogue, { reply: reply.authInvalid, reason: 'invalid credential' }, services)
}
