/** Whether an authenticated client may send as who its mail says it is. Judged by From, and by Sender where that is allowed. */
import { normaliseDomain, splitAddress } from '../domain/address.ts'
import { parseAddressList } from '../mail/addresses.ts'
import type { Header } from '../mail/headers.ts'
import type { Directory } from '../store/directory.ts'
import type { Sender } from './dialogue.ts'

type SendingDomains = Awaited<ReturnType<Directory['sendingDomains']>>

/** The domain it sends as; undefined when one address of the field is not its own. */
export async function authorisedDomain(
  { mailServer }: Sender,
  headers: readonly Header[],
  directory: Directory,
): Promise<number | undefined> {
  const domains = await directory.sendingDomains(mailServer.id)
  const byFrom = domainOfField('from', headers, domains)
  if (byFrom !== undefined || !mailServer.allowSender) return byFrom
  return domainOfField('sender', headers, domains)
}

/** Every address of every occurrence has to be authorised; the first one's domain is what the message is sent as. */
function domainOfField(name: 'from' | 'sender', headers: readonly Header[], domains: SendingDomains): number | undefined {
  const fields = headers.filter((header) => header.name === name)
  const perField = fields.map(({ value }) => parseAddressList(value).map(({ address }) => authorised(address, domains)))
  if (perField.length === 0 || perField.some((found) => found.length === 0)) return undefined
  const found = perField.flat()
  return found.includes(undefined) ? undefined : found[0]
}

/** The list has a mail server's own domains before its organization's. No subdomain stands for its parent. */
function authorised(address: string, domains: SendingDomains): number | undefined {
  const parts = splitAddress(address)
  if (!parts) return undefined
  const name = normaliseDomain(parts.domain)
  const exact = domains.find((domain) => normaliseDomain(domain.name) === name)
  return (exact ?? domains.find((domain) => domain.own && domain.useForAny))?.id
}
