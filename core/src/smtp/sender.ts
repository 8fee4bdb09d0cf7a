/** Whether an authenticated client may send as who its mail says it is. */
import { authoriseSender } from '../domain/authorise-sender.ts'
import { parseAddressList } from '../mail/addresses.ts'
import type { Header } from '../mail/headers.ts'
import type { Directory } from '../store/directory.ts'
import type { Sender } from './dialogue.ts'

/** The domain it sends as; undefined when one address of the field is not its own. */
export async function authorisedDomain(
  { mailServer }: Sender,
  headers: readonly Header[],
  directory: Directory,
): Promise<number | undefined> {
  const claimed = { from: addressesOf('from', headers), sender: addressesOf('sender', headers) }
  const domains = await directory.sendingDomains(mailServer.id)
  return authoriseSender(claimed, { allowSender: mailServer.allowSender, domains })?.id
}

/** Of every occurrence; one without an address counts as an address that nobody owns. */
function addressesOf(name: 'from' | 'sender', headers: readonly Header[]): string[] {
  const fields = headers.filter((header) => header.name === name)
  return fields.flatMap(({ value }) => {
    const addresses = parseAddressList(value).map(({ address }) => address)
    return addresses.length > 0 ? addresses : ['']
  })
}
