/** Hands incoming mail to a mail server of the customer's, with the recipient that it came for. */
import { domainOf } from '../../domain/address.ts'
import { sealContext } from '../../domain/seals.ts'
import type { Vault } from '../../domain/vault.ts'
import type { SmtpEndpointRow } from '../../store/endpoints.ts'
import type { Forward } from './address.ts'
import type { Carried, SmtpCourier } from './smtp.ts'
import type { Relay } from './target.ts'

export type SmtpEndpointOptions = { readonly courier: Pick<SmtpCourier, 'carry'>; readonly vault: Pick<Vault, 'unseal'> }
export type SmtpEndpointCourier = (endpoint: SmtpEndpointRow, forward: Forward) => Promise<Carried>

const PORT = 25

export function createSmtpEndpointCourier({ courier, vault }: SmtpEndpointOptions): SmtpEndpointCourier {
  return (endpoint, { mailServerId, rcptTo, message }) =>
    courier.carry({
      mailServerId,
      domain: domainOf(rcptTo),
      rcptTo,
      source: null,
      relays: [relayOf(endpoint, vault)],
      message: () => message(rcptTo),
    })
}

const TLS: Readonly<Record<SmtpEndpointRow['tlsMode'], Relay['tls']>> = {
  none: { mode: 'none', verify: false },
  auto: { mode: 'opportunistic', verify: false },
  starttls: { mode: 'required', verify: true },
  tls: { mode: 'implicit', verify: true },
}

function relayOf({ id, hostname, port, tlsMode, username, passwordSealed }: SmtpEndpointRow, vault: Pick<Vault, 'unseal'>): Relay {
  const relay = { host: hostname, port: port ?? PORT, tls: TLS[tlsMode] }
  if (username === null || passwordSealed === null) return relay
  const password = Buffer.from(vault.unseal(passwordSealed, sealContext.smtpEndpointPassword(id))).toString()
  return { ...relay, auth: { user: username, password } }
}
