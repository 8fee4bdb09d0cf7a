/** The `.test` zone of the demonstration: who sends, who receives, and where links lead. */
import type { Zone } from '../dns-zone.ts'

export const SENDER_DOMAIN = 'acme.test'
export const RECEIVER_DOMAIN = 'receiver.test'
const LOOPBACK = '127.0.0.1'

/** Names that the core is configured with. */
export const HOSTS = {
  web: 'localhost',
  smtp: 'mail.posthaste.test',
  returnPath: 'rp.posthaste.test',
  routes: 'routes.posthaste.test',
  track: 'track.posthaste.test',
  spf: 'spf.posthaste.test',
} as const

/** Everything but what the sending domain publishes once its keys are made. */
export const baseZone: Zone = {
  [RECEIVER_DOMAIN]: { MX: [`10 mx.${RECEIVER_DOMAIN}`], A: [LOOPBACK] },
  [`mx.${RECEIVER_DOMAIN}`]: { A: [LOOPBACK] },
  [HOSTS.smtp]: { A: [LOOPBACK] },
  [HOSTS.returnPath]: { A: [LOOPBACK], MX: [`10 ${HOSTS.smtp}`], TXT: [`v=spf1 include:${HOSTS.spf} -all`] },
  [HOSTS.routes]: { MX: [`10 ${HOSTS.smtp}`] },
  [HOSTS.track]: { A: [LOOPBACK] },
  [HOSTS.spf]: { TXT: [`v=spf1 ip4:${LOOPBACK} -all`] },
  '1.0.0.127.in-addr.arpa': { PTR: [HOSTS.smtp] },
}

/** What the owner of a sending domain is asked to publish. */
export function senderZone(records: readonly { name: string; value: string }[]): Zone {
  const texts = Object.fromEntries(records.map(({ name, value }) => [name, { TXT: [value] }]))
  return {
    [SENDER_DOMAIN]: { A: [LOOPBACK], MX: [`10 ${HOSTS.smtp}`], TXT: [`v=spf1 a mx include:${HOSTS.spf} ~all`] },
    [`_dmarc.${SENDER_DOMAIN}`]: { TXT: ['v=DMARC1; p=reject; adkim=s; aspf=r'] },
    [`psrp.${SENDER_DOMAIN}`]: { CNAME: HOSTS.returnPath },
    [`click.${SENDER_DOMAIN}`]: { CNAME: HOSTS.track },
    ...texts,
  }
}
