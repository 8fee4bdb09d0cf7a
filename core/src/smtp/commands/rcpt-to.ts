/** RCPT: whom the mail is for, and whether we take it. The order of the questions is Postal's. RFC 5321 §4.1.1.3 */
import { type Addressee, type Destination, findByAddress, findByToken, toDestination } from '../../store/addressee.ts'
import type { Directory } from '../../store/directory.ts'
import { senderByAddress } from '../credentials.ts'
import type { Dialogue, Sender, Transaction } from '../dialogue.ts'
import { checkRcptParameters } from '../parameters.ts'
import { parsePath } from '../path.ts'
import { reply } from '../replies.ts'
import type { Services } from '../services.ts'
import { answer, type RecipientVerdict, refuse, type Verdict } from '../verdict.ts'
import { isAscii } from './mail-from.ts'

export async function rcptTo(dialogue: Dialogue, argument: string, services: Services): Promise<Verdict> {
  const path = parsePath(argument, 'TO')
  if (path === 'no_word') return refuse(reply.unknownCommand, 'invalid-command')
  const { transaction, sender, policy } = dialogue
  if (!transaction) return refuse(reply.greetAndMailFirst, 'rcpt-to-out-of-order')
  if (path?.address === '') return refuse(reply.recipientEmpty, 'empty-rcpt-to')
  const target = path && toDestination(path.address)
  if (!target) return refuse(reply.recipientSyntax, 'invalid-rcpt-to')
  const wrong = checkRcptParameters(path.parameters)
  if (wrong) return refuse(wrong, 'invalid-parameter')
  if (!transaction.smtpUtf8 && !isAscii(target.address)) return refuse(reply.needsUtf8, 'needs-smtputf8')
  const { recipientsMax } = policy.limits
  if (transaction.recipients.length >= (sender ? recipientsMax.authenticated : recipientsMax.others)) {
    return refuse(reply.tooManyRecipients, 'too-many-recipients')
  }
  return admit(transaction, await judge(dialogue, target, services))
}

/** Only what was accepted here is ever stored. */
function admit(transaction: Transaction, verdict: RecipientVerdict): Verdict {
  if (!('recipient' in verdict)) return verdict
  transaction.recipients.push(verdict.recipient)
  return answer(reply.recipientOk)
}

async function judge(dialogue: Dialogue, target: Destination, services: Services): Promise<RecipientVerdict> {
  const { directory, settings } = services
  const byToken = await findByToken(target, settings, directory)
  if (byToken) return verdictOn(byToken)
  if (dialogue.sender) return toAnywhere(dialogue.sender, target, directory)

  const routed = await findByAddress(target, directory)
  if (routed) return verdictOn(routed)

  dialogue.sender = (await senderByAddress(services, dialogue.client.ip)) ?? null
  if (!dialogue.sender) return refuse(reply.authenticationRequired, 'authentication-required')
  services.credentialUse.note(dialogue.sender.credential.id)
  return toAnywhere(dialogue.sender, target, directory)
}

function verdictOn(found: Addressee): RecipientVerdict {
  if (found.kind === 'unknown')
    return found.token === 'route' ? refuse(reply.invalidRouteToken) : refuse(reply.invalidServerToken, 'invalid-server-token')
  if (found.mailServer.suspended) return refuse(reply.suspended, 'server-suspended')
  const { address, mailServer } = found
  if (found.kind === 'return_path') return { recipient: { kind: 'bounce', address, mailServer, route: found.route } }
  if (found.route.mode === 'reject') return refuse(reply.routeRejects, found.by === 'token' ? 'route-rejected' : 'route-rejection')
  return { recipient: { kind: 'route', address, mailServer, route: found.route } }
}

/**
 * An authenticated client may also write to addresses of this installation: that mail goes out and comes back in.
 * Looked up again, because a connection may outlive its credential.
 */
async function toAnywhere(sender: Sender, { address }: Destination, directory: Directory): Promise<RecipientVerdict> {
  const [credential, mailServer] = await Promise.all([
    directory.credential(sender.credential.id),
    directory.mailServer(sender.credential.mailServerId),
  ])
  if (!credential || !mailServer) return refuse(reply.authenticationRequired, 'authentication-required')
  if (mailServer.suspended) return refuse(reply.suspended, 'server-suspended')
  return { recipient: { kind: 'relay', address, mailServer } }
}
