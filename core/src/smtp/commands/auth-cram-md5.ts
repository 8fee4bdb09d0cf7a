/** AUTH CRAM-MD5. RFC 2195 */
import { senderByDigest } from '../credentials.ts'
import type { Dialogue } from '../dialogue.ts'
import { reply } from '../replies.ts'
import type { Services } from '../services.ts'
import { ask, refuse, type Verdict } from '../verdict.ts'
import { type AuthFailure, decodeBase64, failAuth, grant, isCancelled } from './auth-outcome.ts'

const CHALLENGE_BYTES = 10

export function authCramMd5(dialogue: Dialogue, _initial: string | null, services: Services): Verdict {
  const nonce = Buffer.from(services.randomBytes(CHALLENGE_BYTES)).toString('hex')
  const challenge = `<${nonce}@${dialogue.hostname}>`
  return ask(reply.challenge(Buffer.from(challenge).toString('base64')), (line) =>
    isCancelled(line) ? refuse(reply.authCancelled) : check(dialogue, { challenge, response: line }, services),
  )
}

type Exchange = { readonly challenge: string; readonly response: string }

async function check(dialogue: Dialogue, { challenge, response }: Exchange, services: Services): Promise<Verdict> {
  const [username = '', digest = ''] = decodeBase64(response).toString('utf8').split(' ')
  const denied = (reason: NonNullable<AuthFailure['reason']>) => failAuth(dialogue, { reply: reply.authDenied, reason }, services)

  const mailServer = await services.directory.mailServerByPermalinks(permalinks(username))
  if (!mailServer) return denied(`no server found matching ${username.slice(0, 100)}`)
  const sender = await senderByDigest(services, { mailServer, challenge, digest })
  return sender ? grant(dialogue, sender, services) : denied('invalid credential')
}

/** `organization/mail-server`; `_` may stand for the slash, as permalinks hold neither. */
const permalinks = (username: string): string => username.toLowerCase().replace(/[/_]/, '/')
