/** RCPT: whom the mail is for, and whether we take it. The order of the questions is Postal's. RFC 5321 §4.1.1.3 */
import { normaliseDomain, splitTag } from '../../domain/address.ts'
import type { Directory } from '../../store/directory.ts'
import { senderByAddress } from '../credentials.ts'
import type { Dialogue, Sender, Transaction } from '../dialogue.ts'
import { checkRcptParameters } from '../parameters.ts'
import { parsePath } from '../path.ts'
import { reply } from '../replies.ts'
import type { Services } from '../services.ts'
import { answer, type RecipientVerdict, refuse, type Verdict } from '../verdict.ts'
import { isAscii } from './mail-from.ts'

/** `local` and `domain` as they are compared; `address` as it was given. */
type Target = { readonly address: string; readonly local: string; readonly domain: string }

export async function rcptTo(dialogue: Dialogue, argument: string, services: Services): Promise<Verdict> {
  const path = parsePath(argument, 'TO')
  if (path === 'no_word') return refuse(reply.unknownCommand, 'invalid-command')
  const { transaction, sender, policy } = dialogue
  if (!transaction) return refuse(reply.greetAndMailFirst, 'rcpt-to-out-of-order')
  if (path?.address === '') return refuse(reply.recipientEmpty, 'empty-rcpt-to')
  const target = path && toTarget(path.address)
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

/** Split at the last @, as mail is routed. A quoted local part may hold another. */
function toTarget(address: string): Target | undefined {
  const at = address.lastIndexOf('@')
  if (at < 1) return undefined
  const domain = normaliseDomain(address.slice(at + 1))
  return domain === '' ? undefined : { address, local: address.slice(0, at), domain }
}

async function judge(dialogue: Dialogue, target: Target, services: Services): Promise<RecipientVerdict> {
  const { directory, settings } = services
  if (target.domain === settings.returnPathDomain || target.domain.startsWith(`${settings.customReturnPathPrefix}.`)) {
    return toReturnPath(target, directory)
  }
  if (target.domain === settings.routeDomain) return toRouteToken(target, directory)
  if (dialogue.sender) return toAnywhere(dialogue.sender, target, directory)

  const routed = await toRoute(target, directory)
  if (routed) return routed

  dialogue.sender = (await senderByAddress(services, dialogue.client.ip)) ?? null
  if (!dialogue.sender) return refuse(reply.authenticationRequired, 'authentication-required')
  services.credentialUse.note(dialogue.sender.credential.id)
  return toAnywhere(dialogue.sender, target, directory)
}

/** The token names the mail server; what follows a plus names the message that comes back, and is for whoever reads the bounce. */
async function toReturnPath({ address, local }: Target, directory: Directory): Promise<RecipientVerdict> {
  const mailServer = await directory.mailServerByToken(splitTag(local).user)
  if (!mailServer) return refuse(reply.invalidServerToken, 'invalid-server-token')
  if (mailServer.suspended) return refuse(reply.suspended, 'server-suspended')
  return { recipient: { kind: 'bounce', address, mailServer, route: await directory.returnPathRoute(mailServer.id) } }
}

async function toRouteToken({ local }: Target, directory: Directory): Promise<RecipientVerdict> {
  const { user, tag } = splitTag(local)
  const route = await directory.routeByToken(user)
  const mailServer = route && (await directory.mailServer(route.mailServerId))
  if (!route || !mailServer) return refuse(reply.invalidRouteToken)
  if (mailServer.suspended) return refuse(reply.suspended, 'server-suspended')
  if (route.mode === 'reject') return refuse(reply.routeRejects, 'route-rejected')
  const address = `${route.name}${tag === null ? '' : `+${tag}`}@${route.domainName ?? ''}`
  return { recipient: { kind: 'route', address, mailServer, route } }
}

/**
 * An authenticated client may also write to addresses of this installation: that mail goes out and comes back in.
 * Looked up again, because a connection may outlive its credential.
 */
async function toAnywhere(sender: Sender, { address }: Target, directory: Directory): Promise<RecipientVerdict> {
  const [credential, mailServer] = await Promise.all([
    directory.credential(sender.credential.id),
    directory.mailServer(sender.credential.mailServerId),
  ])
  if (!credential || !mailServer) return refuse(reply.authenticationRequired, 'authentication-required')
  if (mailServer.suspended) return refuse(reply.suspended, 'server-suspended')
  return { recipient: { kind: 'relay', address, mailServer } }
}

async function toRoute({ address, local, domain }: Target, directory: Directory): Promise<RecipientVerdict | undefined> {
  const route = await directory.routeByAddress(`${splitTag(local).user.toLowerCase()}@${domain}`)
  const mailServer = route && (await directory.mailServer(route.mailServerId))
  if (!route || !mailServer) return undefined
  if (mailServer.suspended) return refuse(reply.suspended, 'server-suspended')
  if (route.mode === 'reject') return refuse(reply.routeRejects, 'route-rejection')
  return { recipient: { kind: 'route', address, mailServer, route } }
}
