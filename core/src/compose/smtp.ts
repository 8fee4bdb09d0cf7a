/** The smtp role: the front door with its ports, over the intake. */
import { setTimeout as wait } from 'node:timers/promises'
import type { SmtpConfig } from '../config/groups/roles.ts'
import { createIntake } from '../intake/accept.ts'
import { createSmtpServer, type SmtpSettings } from '../smtp/server.ts'
import type { Core, Running } from './core.ts'
import { composeDns } from './dns.ts'

/** So many of the largest mails may be on their way into memory at a time. */
const LARGEST_MAILS_AT_ONCE = 16
const PTR_TIMEOUT_MS = 1_000
const AUTH_THROTTLE = { failuresMax: 10, windowMs: 15 * 60_000, blockMs: 15 * 60_000 }

export async function startSmtp(core: Core): Promise<Running> {
  const { db, config, clock, log } = core
  const intake = createIntake({ ...core, node: core.lease.node })
  const server = createSmtpServer(
    { ...core, db, intake, dns: composeDns(config, clock), wait: (ms, signal) => wait(ms, undefined, { signal }) },
    settingsOf(core),
  )
  const bound = await server.listen()
  log.info({ event: 'smtp.listening', addresses: bound }, 'SMTP is listening')
  return {
    stop: async (deadlineMs) => {
      await server.close(deadlineMs)
      await intake.idle()
    },
  }
}

function settingsOf({ config }: Core): SmtpSettings {
  const { smtp, dns } = config
  return {
    hostname: smtp.hostname,
    listeners: listenersOf(smtp),
    tls: smtp.tls,
    proxies: smtp.proxyProtocol ? ['0.0.0.0/0', '::/0'] : [],
    returnPathDomain: dns.returnPathDomain,
    customReturnPathPrefix: dns.customReturnPathPrefix,
    routeDomain: dns.routeDomain,
    dataBytesMax: LARGEST_MAILS_AT_ONCE * smtp.maxMessageBytes,
    ptrTimeoutMs: PTR_TIMEOUT_MS,
    authThrottle: AUTH_THROTTLE,
    reusePort: false,
    logConnections: smtp.logConnections,
    logExclusion: smtp.logExclusion,
  }
}

/** With no port for submission alone, the one there is serves everybody, as Postal's did. */
function listenersOf({ listeners, maxMessageBytes, earlyTalkerWaitMs }: SmtpConfig): SmtpSettings['listeners'] {
  const single = listeners.every((listener) => listener.kind === 'mx')
  return listeners.map((listener) => ({
    ...listener,
    kind: single ? 'postal' : listener.kind,
    policy: { limits: { messageBytesMax: maxMessageBytes }, ...(listener.kind === 'mx' ? { greetingDelayMs: earlyTalkerWaitMs } : {}) },
  }))
}
