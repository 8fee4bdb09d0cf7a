/** Verbs for address endpoints: mailboxes elsewhere that routed mail is forwarded to. */
import { isDeliverable, normaliseAddress } from '../domain/address.ts'
import { change } from '../store/change.ts'
import { type AddressEndpoint, findAddressEndpoint, insertAddressEndpoint, updateAddressEndpoint } from '../store/endpoints.ts'
import { requireMailServer } from './access.ts'
import { asTaken, type Manage } from './context.ts'
import { freshEndpoint, type Named, noteEndpoint, type OfMailServer, requireEndpoint } from './endpoints.ts'
import { invalid } from './fields.ts'

/** @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid`, `endpoint.taken` */
export async function createAddressEndpoint(manage: Manage, input: OfMailServer & { readonly address: string }): Promise<AddressEndpoint> {
  const mailServer = await requireMailServer(manage, input.mailServerId, 'member')
  const row: AddressEndpoint = { ...freshEndpoint(manage, mailServer), address: addressField(input.address) }
  await change(manage.db, async (tx) => {
    await insertAddressEndpoint(tx, row).catch(taken(row.address))
    await noteEndpoint(tx, manage, mailServer, { verb: 'created', type: 'address', id: row.id, details: { address: row.address } })
  })
  return row
}

/** Mail that waits goes to the new address. @throws AppError `endpoint.not_found`, `auth.forbidden`, `input.invalid`, `endpoint.taken` */
export async function updateAddressEndpointSettings(manage: Manage, input: Named & { readonly address: string }): Promise<void> {
  const { mailServer, endpoint } = await requireEndpoint(manage, input, findAddressEndpoint)
  const address = addressField(input.address)
  await change(manage.db, async (tx) => {
    await updateAddressEndpoint(tx, endpoint.id, { address }).catch(taken(address))
    const details = { from: endpoint.address, to: address }
    await noteEndpoint(tx, manage, mailServer, { verb: 'updated', type: 'address', id: endpoint.id, details })
  })
}

function addressField(value: string): string {
  const address = normaliseAddress(value)
  if (!isDeliverable(address)) throw invalid('address', 'address must be a mail address.')
  return address
}

const taken = (address: string) => asTaken('endpoint.taken', 'address', `${address} is an endpoint already.`)
