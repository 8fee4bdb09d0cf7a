/** Renders a message for its recipient: chooses return path, tracking and signing keys, and leaves the bytes to `mail/render.ts`. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { dayOf, type TokenSigner } from '@posthaste/shared/tracking/token.ts'
import { clickUrl, openUrl, trackingBase, unsubscribeUrl } from '@posthaste/shared/tracking/urls.ts'
import type { Message } from '../domain/message.ts'
import { sealContext } from '../domain/seals.ts'
import type { Vault } from '../domain/vault.ts'
import type { DkimSigner } from '../mail/dkim-sign.ts'
import { render } from '../mail/render.ts'
import type { Track } from '../mail/rewrite.ts'
import type { Directory, DkimKey, SendingDomain, TrackingDomain } from '../store/directory.ts'
import type { PlannedMail } from './job.ts'

export type RenderingOptions = {
  readonly directory: Directory
  readonly vault: Pick<Vault, 'unseal'>
  readonly sign: TokenSigner
  readonly returnPathDomain: string
  readonly customReturnPathPrefix: string
  readonly resentSender: boolean
}

export type Rendered = { readonly mailFrom: string; readonly data: Buffer }
export type Rendering = (message: Message, mail: PlannedMail, domain: SendingDomain, serverToken: string) => Promise<Rendered>

export function createRendering(options: RenderingOptions): Rendering {
  const signers = createSigners(options)
  return async (message, mail, domain, serverToken) => {
    const mailFrom = message.bounce ? '' : returnPath(options, { serverToken, messageToken: message.token, domain })
    const [trackingDomain, keys] = await Promise.all([
      options.directory.trackingDomain(`${message.mailServerId}:${domain.id}`),
      signers(domain),
    ])
    const tracking = trackingDomain ? track(options.sign, message, trackingDomain) : null
    const wayOut = trackingDomain?.offerUnsubscribe && !message.bounce ? unsubscribeLink(options.sign, message, trackingDomain) : null
    const data = await render({
      raw: mail.raw,
      plan: mail.plan,
      message,
      returnPath: mailFrom,
      resentSender: options.resentSender,
      tracking,
      unsubscribeUrl: wayOut,
      signers: keys,
    })
    return { mailFrom, data }
  }
}

type ReturnPath = { readonly serverToken: string; readonly messageToken: string; readonly domain: SendingDomain }

/** Every envelope sender is ours, and brings its bounce back to its message (D7). */
function returnPath(options: RenderingOptions, { serverToken, messageToken, domain }: ReturnPath): string {
  const host = domain.returnPathOk ? `${options.customReturnPathPrefix}.${domain.name}` : options.returnPathDomain
  return `${serverToken}+${messageToken}@${host}`
}

function track(sign: TokenSigner, message: Message, { host, tls, ...domain }: TrackingDomain): Track {
  const base = trackingBase({ host, tls })
  const claims = claimsOf(message)
  const open = sign({ ...claims, purpose: 'open', link: 0, destination: '' }, base.host)
  return {
    clicks: domain.trackClicks,
    opens: domain.trackOpens && open !== undefined,
    excludedDomains: domain.excludedClickDomains,
    linkFor: (url, index) => {
      const token = sign({ ...claims, purpose: 'click', link: index, destination: url }, base.host)
      return token === undefined ? undefined : clickUrl(base, token)
    },
    pixelUrl: open === undefined ? '' : openUrl(base, open),
  }
}

/** The day of acceptance, not of this attempt: retries must render the same bytes. */
const claimsOf = ({ mailServerId, id, createdAt }: Message) => ({ mailServerId, messageId: id, issuedDay: dayOf(createdAt) })

function unsubscribeLink(sign: TokenSigner, message: Message, domain: TrackingDomain): string | null {
  const base = trackingBase(domain)
  const token = sign({ ...claimsOf(message), purpose: 'unsubscribe', link: 0, destination: '' }, base.host)
  return token === undefined ? null : unsubscribeUrl(base, token)
}

/** Keys as the signer wants them. Reading a sealed key costs as much as a signature, so each is read once. */
function createSigners({ directory, vault, returnPathDomain }: RenderingOptions) {
  const read = new Map<number, KeyObject>()
  const keyObject = (key: DkimKey): KeyObject => {
    const known = read.get(key.id)
    if (known) return known
    const der = Buffer.from(vault.unseal(key.privateKeySealed, sealContext.dkimPrivateKey(key.id)))
    const object = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    read.set(key.id, object)
    return object
  }
  return async (domain: SendingDomain): Promise<DkimSigner[]> => {
    const own = domain.dkimOk ? await directory.dkimKeys(domain.id) : []
    const keys = own.length > 0 ? own : await directory.dkimKeys(0)
    const name = own.length > 0 ? domain.name : returnPathDomain
    return keys.map((key) => ({ domain: name, selector: key.selector, key: keyObject(key) }))
  }
}
