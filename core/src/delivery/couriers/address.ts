/** Forwards incoming mail to another mailbox, by the hosts of its domain. */
import { domainOf } from '../../domain/address.ts'
import type { SmtpMessage } from '../../net/smtp-session.ts'
import type { AddressEndpoint } from '../../store/endpoints.ts'
import type { Carried, SmtpCourier } from './smtp.ts'
import type { Relay } from './target.ts'

/** A mail on its way out of here again. */
export type Forward = {
  readonly mailServerId: number
  /** Whom it came for. */
  readonly rcptTo: string
  readonly message: (rcptTo: string) => Promise<SmtpMessage>
}

export type AddressCourier = (endpoint: AddressEndpoint, forward: Forward) => Promise<Carried>

export function createAddressCourier(courier: Pick<SmtpCourier, 'carry'>, relays: readonly Relay[]): AddressCourier {
  return ({ address }, { mailServerId, message }) =>
    courier.carry({ mailServerId, domain: domainOf(address), rcptTo: address, source: null, relays, message: () => message(address) })
}
