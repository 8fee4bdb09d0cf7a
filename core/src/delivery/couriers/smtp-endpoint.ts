/** Hands incoming mail to a mail server or mail store of the customer's, with the recipient that it came for. */
import { domainOf } from '../../domain/address.ts'
import { sealContext } from '../../domain/seals.ts'
import type { Vault } from '../../domain/vault.ts'
import type { SmtpEndpointRow } from '../../store/endpoints.ts'
import type { Forward } from './address.ts'
import type { Carried, SmtpCourier } from './smtp.ts'
import { type NamedRelay, type Relay, TLS_OF } from './target.ts'

export type SmtpEndpointOptions = { readonly courier: Pick<SmtpCourier, 'carry'>; readonly vault: Pick<Vault, 'unseal'> }
export type SmtpEndpointCourier = (endpoint: SmtpEndpointRow, forward: Forward) => Promise<Carried>

/** LMTP has no port of its own; 24 is the customary one, and 25 it must not be. RFC 2033 §5 */
const PORTS = { smtp: 25, lmtp: 24 } as const

export function createSmtpEndpointCourier({ courier, vault }: SmtpEndpointOptions): SmtpEndpointCourier {
  return (endpoint, { mailServerId, rcptTo, message }) =>
    courier.carry({
      mailServerId,
      scope: 'incoming',
      priority: 0,
      domain: domainOf(rcptTo),
      rcptTo,
      source: null,
      relays: [relayOf(endpoint, vault)],
      message: () => message(rcptTo),
    })
}

export const namedEndpoint = ({ mailServerId, protocol, hostname, port, tlsMode, username }: SmtpEndpointRow): NamedRelay => ({
  ...{ mailServerId, protocol, host: hostname, port: port ?? PORTS[protocol], tlsMode },
  user: username,
})

function relayOf(endpoint: SmtpEndpointRow, vault: Pick<Vault, 'unseal'>): Relay {
  const { id, username, passwordSealed } = endpoint
  const { tlsMode, user: _user, ...named } = namedEndpoint(endpoint)
  const relay = { id, ...named, tls: TLS_OF[tlsMode] }
  if (username === null || passwordSealed === null) return relay
  const password = Buffer.from(vault.unseal(passwordSealed, sealContext.smtpEndpointPassword(id))).toString()
  return { ...relay, auth: { user: username, password } }
}
