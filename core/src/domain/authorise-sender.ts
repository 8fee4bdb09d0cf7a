/** Who a mail server may send as: the rule that the API and SMTP submission share. */
import { normaliseDomain } from './address.ts'

/** A verified domain. Lists of them have a mail server's own domains before its organization's, each in order of name. */
export type SenderDomain = { readonly id: number; readonly name: string; readonly own: boolean; readonly useForAny: boolean }

export type ClaimedSender = {
  /** All addresses of From. */
  readonly from: readonly string[]
  /** All addresses of Sender. */
  readonly sender: readonly string[]
}

/** The domain that the mail is sent as; undefined when somebody else's name is used. Sender counts only where that is allowed. */
export function authoriseSender<D extends SenderDomain>(
  claimed: ClaimedSender,
  { allowSender, domains }: { readonly allowSender: boolean; readonly domains: readonly D[] },
): D | undefined {
  return ownerOfAll(claimed.from, domains) ?? (allowSender ? ownerOfAll(claimed.sender, domains) : undefined)
}

/** Every address has to be allowed, since readers differ in which one they show; the first one's domain is what counts. */
function ownerOfAll<D extends SenderDomain>(addresses: readonly string[], domains: readonly D[]): D | undefined {
  const found = addresses.map((address) => ownerOf(address, domains))
  return found.includes(undefined) ? undefined : found[0]
}

/** No subdomain stands for its parent. */
function ownerOf<D extends SenderDomain>(address: string, domains: readonly D[]): D | undefined {
  const at = address.indexOf('@') // the first, as a second one would be part of a name that nobody owns
  if (at < 1 || at === address.length - 1) return undefined
  const name = normaliseDomain(address.slice(at + 1))
  if (name === '') return undefined
  return domains.find((domain) => normaliseDomain(domain.name) === name) ?? domains.find((domain) => domain.own && domain.useForAny)
}
