/** Forwards incoming mail to another mailbox, by the hosts of its domain. */
import { domainOf } from '../../domain/address.ts'
import type { SmtpMessage } from '../../net/smtp-session.ts'
import type { AddressEndpoint } from '../../store/endpoints.ts'
import type { RelaysFor } from '../relays.ts'
import type { Carried, SmtpCourier } from './smtp.ts'

/** A mail on its way out of here again. */
export type Forward = {
  readonly mailServerId: number
  /** Whom it came for. */
  readonly rcptTo: string
  readonly message: (rcptTo: string) => Promise<SmtpMessage>
}

export type AddressCourier = (endpoint: AddressEndpoint, forward: Forward) => Promise<Carried>

export function createAddressCourier(courier: Pick<SmtpCourier, 'carry'>, relaysFor: RelaysFor): AddressCourier {
  return async ({ address }, { mailServerId, message }) => {
    const domain = domainOf(address)
    const relays = await relaysFor(mailServerId, domain)
    return courier.carry({
      ...{ mailServerId, scope: 'incoming', priority: 0, domain, rcptTo: address, source: null, relays },
      message: () => message(address),
    })
  }
}
