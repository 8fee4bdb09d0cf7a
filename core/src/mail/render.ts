/** The exact bytes that one recipient gets, made from what is stored. Pure: the same input gives the same bytes, so retries do. */
import type { Message } from '../domain/message.ts'
import { bodyHash } from './dkim-canonical.ts'
import { type DkimSigner, signInput, signingInput } from './dkim-sign.ts'
import { type Header, slicesWithout, splitMail, withBlankLine } from './headers.ts'
import { normaliseLineEndings } from './line-endings.ts'
import { planTracking, type TrackingPlan } from './plan-tracking.ts'
import { applyPlan, type Track } from './rewrite.ts'

/** Everything about one raw mail that is equal for all its recipients. Keep it while they are worked on. */
export type RenderPlan = {
  readonly tracking: TrackingPlan
  /** Signatures over bytes that were the same for recipients before, by signer and time. */
  readonly signatures: Map<string, Promise<Buffer>>
}

export type RenderInput = {
  readonly raw: Buffer
  /** Saves parsing when several messages share a raw mail; from `planRender(raw)`. */
  readonly plan?: RenderPlan
  readonly message: Pick<Message, 'token' | 'scope' | 'createdAt'>
  /** The MAIL FROM address; empty for the null sender. */
  readonly returnPath: string
  /** Whether Resent-Sender names the return path. */
  readonly resentSender: boolean
  readonly tracking: Track | null
  /** Null leaves the author's List-Unsubscribe, or none. */
  readonly unsubscribeUrl?: string | null
  readonly signers: readonly DkimSigner[]
}

export const planRender = (raw: Buffer): RenderPlan => ({ tracking: planTracking(raw), signatures: new Map() })

/** The bytes for DATA, without dot-stuffing. Incoming mail that is forwarded keeps its bytes; only Resent-Sender is added. */
export async function render(input: RenderInput): Promise<Buffer> {
  const resent = resentSender(input)
  if (input.message.scope === 'incoming') {
    return Buffer.concat([Buffer.from(resent), withBlankLine(normaliseLineEndings(input.raw))])
  }
  const plan = input.plan ?? planRender(input.raw)

  const { raw, shared } = outgoingMail(plan, input)
  const signatures = await sign(raw, { plan, input, shared })
  // Resent-Sender and X-Postal-MsgID differ for each recipient and stay outside the signature
  return Buffer.concat([signatures, Buffer.from(`${resent}X-Postal-MsgID: ${input.message.token}\r\n`), raw])
}

/** `shared` tells that these bytes do not depend on the recipient. */
function outgoingMail(plan: RenderPlan, input: RenderInput): { raw: Buffer; shared: boolean } {
  const { headers, raw } = plan.tracking
  const rewritten = applyPlan(plan.tracking, input.tracking)
  const { bodyStart } = splitMail(raw)
  const unsubscribe = unsubscribeHeaders(headers, input.unsubscribeUrl ?? null)
  const kept = slicesWithout(raw, headers.filter(isControl), bodyStart)
  // Rewriting never reaches into the header section, so the body starts at the same place
  const mail = withBlankLine(Buffer.concat([Buffer.from(unsubscribe), ...kept, rewritten.raw.subarray(bodyStart)]))
  const personal = rewritten.links.length > 0 || rewritten.pixels > 0 || unsubscribe !== ''
  return { raw: mail, shared: !personal }
}

/** Fields that speak to us, not to the recipient. A client's copy of our own id would send bounces astray. */
function isControl({ name }: Header): boolean {
  return name === 'x-postal-msgid' || name === 'x-postal-track' || name === 'bcc' || name.startsWith('x-posthaste-')
}

/** One-click unsubscription, RFC 8058, by HTTPS alone (§3.1); the fields are put where DKIM covers them, as its §4 asks. An author's own come first. */
function unsubscribeHeaders(headers: readonly Header[], url: string | null): string {
  if (url === null || headers.some((header) => header.name.startsWith('list-unsubscribe'))) return ''
  return `List-Unsubscribe: <${url}>\r\n${url.startsWith('https:') ? 'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n' : ''}`
}

/** RFC 5322 §3.6.6; the field needs an address, so the null sender has none. */
const resentSender = ({ resentSender, returnPath }: RenderInput): string =>
  resentSender && returnPath !== '' ? `Resent-Sender: ${returnPath}\r\n` : ''

type Signing = { readonly plan: RenderPlan; readonly input: RenderInput; readonly shared: boolean }

function sign(raw: Buffer, { plan, input, shared }: Signing): Promise<Buffer> {
  const { signers } = input
  const at = input.message.createdAt
  const fresh = () => signInput(signingInput(raw, bodyHash(raw.subarray(splitMail(raw).bodyStart))), signers, at)
  if (!shared) return fresh()

  const key = [Math.floor(at.getTime() / 1000), ...signers.map(({ domain, selector }) => `${selector}._domainkey.${domain}`)].join(' ')
  const known = plan.signatures.get(key)
  if (known) return known
  const signature = fresh()
  plan.signatures.set(key, signature)
  return signature
}
