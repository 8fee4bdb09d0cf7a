/** Reads the recipients of a call, as people write them. */
import { isDeliverable } from '../../../domain/address.ts'
import { parseAddressList } from '../../../mail/addresses.ts'

export type AddressField = {
  /** For the header, as they were written. */
  readonly written: readonly string[]
  /** Bare addresses, case kept; an entry that holds none stands for itself. */
  readonly addresses: readonly string[]
}

/** One text is an address list (RFC 5322 §3.4), where commas in quotes and comments do not count; so is each entry of a list. */
export function readAddressField(value: string | readonly string[] | null | undefined): AddressField {
  const written = typeof value === 'string' ? [value] : (value ?? [])
  const entries = typeof value === 'string' ? written.filter((entry) => entry.trim() !== '') : written
  return { written: entries, addresses: entries.flatMap(addressesIn) }
}

function addressesIn(entry: string): string[] {
  const found = parseAddressList(entry).map(({ address, name }) => address || name)
  return found.length > 0 ? found : [entry]
}

/** The text that refuses the first address that no mail server could take. */
export function impossibleRecipient(name: string, addresses: readonly string[]): string | undefined {
  const impossible = addresses.find((address) => !isDeliverable(address))
  return impossible === undefined
    ? undefined
    : `\`${name}\` contains an address that cannot receive mail: ${JSON.stringify(impossible.slice(0, 320))}`
}
