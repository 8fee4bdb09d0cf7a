/**
 * What large receivers allow one sending address, as far as they publish it or other senders agree on it. They are starting
 * points: the window of each site finds less by itself, and replies bring about temporary limits.
 *
 * Sources: [K] the shaping data that KumoMTA ships (github.com/KumoCorp/kumomta, assets/policy-extras/shaping.toml), which marks
 * what providers gave directly; [P] the postmaster page named beside the entry; [D] no figure is published: our cautious default.
 */
import { perMinute, perSecond, type Rate } from '../domain/pace.ts'

export type Provider = {
  readonly name: string
  /** Endings of the names of its MX hosts. */
  readonly hosts: readonly string[]
  readonly connectionsMax: number
  readonly messagesPerSessionMax: number
  readonly rates: readonly Rate[]
}

const provider = (name: string, hosts: readonly string[], limits: Partial<Omit<Provider, 'name' | 'hosts'>> = {}): Provider => ({
  name,
  hosts,
  connectionsMax: 10,
  messagesPerSessionMax: 100,
  rates: [],
  ...limits,
})

const PROVIDERS: readonly Provider[] = [
  // [K] [P] support.google.com/mail/answer/81126: Gmail and Workspace share their hosts.
  provider('google', ['.google.com', '.googlemail.com'], { connectionsMax: 5, messagesPerSessionMax: 50 }),
  // [K] given by Yahoo: 20 messages a session. [P] senders.yahooinc.com/best-practices. AOL, Verizon and AT&T mail live there too.
  provider('yahoo', ['.yahoodns.net'], { connectionsMax: 5, messagesPerSessionMax: 20 }),
  provider('yahoo-japan', ['.yahoo.co.jp'], { connectionsMax: 5, messagesPerSessionMax: 20, rates: [perSecond(5)] }), // [D]
  // [K] [P] sendersupport.olc.protection.outlook.com/pm/policies: Outlook.com, Hotmail, Live, MSN.
  provider('outlook', ['.olc.protection.outlook.com'], { connectionsMax: 5, messagesPerSessionMax: 50 }),
  // [K] Each customer has a host name of its own; address reputation is shared by all of them.
  provider('microsoft-365', ['.mail.protection.outlook.com', '.mx.microsoft'], { connectionsMax: 5, messagesPerSessionMax: 50 }),
  // [K] [P] support.apple.com/en-us/102322
  provider('apple', ['.icloud.com', '.me.com', '.mac.com'], { connectionsMax: 10, messagesPerSessionMax: 5 }),
  // [K] given by Comcast: 25 connections, 1000 messages a session. [P] spa.xfinity.com/postmaster
  provider('comcast', ['.comcast.net'], { connectionsMax: 25, messagesPerSessionMax: 1_000 }),
  // [K] given by Mimecast; its regions count for themselves, so 10 is on the safe side of each.
  provider('mimecast', ['.mimecast.com', '.mimecast.co.za', '.mimecast-offshore.com'], { connectionsMax: 10, messagesPerSessionMax: 100 }),
  // [K] given by mail.com: 100 messages a session. GMX and WEB.DE belong to the same company. [P] postmaster.gmx.net, postmaster.web.de
  provider('1and1-mail', ['.gmx.net', '.web.de', '.mail.com', '.kundenserver.de', '.ionos.de'], {
    connectionsMax: 5,
    messagesPerSessionMax: 100,
  }),
  // [K] [P] postmaster.orange.fr: three connections.
  provider('orange-france', ['.orange.fr', '.wanadoo.fr'], { connectionsMax: 3, messagesPerSessionMax: 100 }),
  provider('free-france', ['.free.fr', '.proxad.net'], { connectionsMax: 3, messagesPerSessionMax: 50 }), // [D] postmaster.free.fr names no figure
  provider('sfr', ['.sfr.fr', '.sfr.net'], { connectionsMax: 3, messagesPerSessionMax: 50 }), // [D]
  provider('la-poste', ['.laposte.net'], { connectionsMax: 3, messagesPerSessionMax: 50, rates: [perSecond(5)] }), // [D]
  provider('t-online', ['.t-online.de'], { connectionsMax: 3, messagesPerSessionMax: 50, rates: [perSecond(5)] }), // [D] [P] postmaster.t-online.de
  provider('libero-italia', ['.libero.it', '.iol.local', '.italiaonline.it'], { connectionsMax: 3, messagesPerSessionMax: 50 }), // [D]
  provider('mail-ru', ['.mail.ru'], { connectionsMax: 10, messagesPerSessionMax: 50 }), // [D] [P] postmaster.mail.ru
  provider('yandex', ['.yandex.ru', '.yandex.net'], { connectionsMax: 10, messagesPerSessionMax: 50 }), // [D]
  provider('qq', ['.qq.com'], { connectionsMax: 3, messagesPerSessionMax: 10, rates: [perMinute(60)] }), // [D] [P] open.mail.qq.com
  provider('netease', ['.netease.com', '.163.com', '.126.com'], { connectionsMax: 3, messagesPerSessionMax: 10, rates: [perMinute(60)] }), // [D]
  provider('charter', ['.charter.net', '.rr.com'], { connectionsMax: 5, messagesPerSessionMax: 50 }), // [D] [P] postmaster.charter.net
  provider('cox', ['.cox.net'], { connectionsMax: 5, messagesPerSessionMax: 50 }), // [D] [P] postmaster.cox.net
  provider('proofpoint', ['.pphosted.com', '.ppe-hosted.com'], { connectionsMax: 5, messagesPerSessionMax: 20 }), // [D]
  provider('barracuda', ['.barracudanetworks.com'], { connectionsMax: 5, messagesPerSessionMax: 20 }), // [D]
  provider('messagelabs', ['.messagelabs.com'], { connectionsMax: 5, messagesPerSessionMax: 50 }), // [D]
  provider('zoho', ['.zoho.com', '.zoho.eu'], { connectionsMax: 5, messagesPerSessionMax: 50 }), // [D]
  provider('proton', ['.protonmail.ch'], { connectionsMax: 5, messagesPerSessionMax: 50 }), // [D]
  // [D] Only its mail hosts: below ovh.net customers' own machines have names too.
  provider('ovh', ['.mail.ovh.net', '.redirect.ovh.net', '.mxb.ovh.net', '.mx1.ovh.net', '.mx2.ovh.net'], {
    connectionsMax: 5,
    messagesPerSessionMax: 50,
  }),
]

export const isProviderName = (name: string): boolean => PROVIDERS.some((one) => one.name === name)

/** The provider that all of these hosts belong to. Asked for every message, so answers are remembered. */
export function providerOf(hosts: readonly string[]): Provider | undefined {
  const key = hosts.join(' ')
  if (known.has(key)) return known.get(key)
  if (known.size >= KNOWN_MAX) known.clear()
  const ownedBy = ({ hosts: endings }: Provider) => hosts.every((host) => endings.some((ending) => `.${host}`.endsWith(ending)))
  const found = hosts.length > 0 && !hosts.some(isCustomersLine) ? PROVIDERS.find(ownedBy) : undefined
  known.set(key, found)
  return found
}

/** `c-73-1-2-3.hsd1.example.net`: what such a machine replies is not the provider's, and must bring about no limits for its site. */
const isCustomersLine = (host: string): boolean => /(?:\d{1,3}[-.]){3}\d{1,3}/.test(host)

const known = new Map<string, Provider | undefined>()
const KNOWN_MAX = 5_000
