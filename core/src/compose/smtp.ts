/** The smtp role: the front door with its ports, over the intake. */
import { setTimeout as wait } from 'node:timers/promises'
import type { ListenerChanges, SmtpConfig, SmtpListener } from '../config/groups/smtp.ts'
import { createIntake } from '../intake/accept.ts'
import type { PolicyChanges } from '../smtp/policy.ts'
import { createSmtpServer, type SmtpSettings } from '../smtp/server.ts'
import type { Core, Running } from './core.ts'
import { composeDns } from './dns.ts'

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
    listeners: smtp.listeners.map((listener) => toListener(listener, smtp)),
    tls: smtp.tls,
    proxies: smtp.proxies,
    returnPathDomain: dns.returnPathDomain,
    customReturnPathPrefix: dns.customReturnPathPrefix,
    routeDomain: dns.routeDomain,
    memoryBytesMax: smtp.memoryBytesMax,
    ptrTimeoutMs: PTR_TIMEOUT_MS,
    authThrottle: AUTH_THROTTLE,
    reusePort: smtp.reusePort,
    logConnections: smtp.logConnections,
    logExclusion: smtp.logExclusion,
  }
}

export function toListener({ changes, ...listener }: SmtpListener, smtp: SmtpConfig): SmtpSettings['listeners'][number] {
  return {
    ...listener,
    ...(changes.hostname === undefined ? {} : { hostname: changes.hostname }),
    policy: toPolicy(changes, { ...smtp, openToAll: listener.kind === 'mx' || listener.kind === 'postal' }),
  }
}

type Common = Pick<SmtpConfig, 'earlyTalkerWaitMs' | 'maxMessageBytes' | 'connectionsMax'> & { readonly openToAll: boolean }

function toPolicy(changes: ListenerChanges, { openToAll, ...common }: Common): PolicyChanges {
  const { requireTls, recipientsMax } = changes
  return {
    ...defined({
      authNeedsTls: requireTls,
      mailNeedsTls: requireTls,
      cramMd5: changes.cramMd5,
      bareLineEndings: changes.bareLineEndings,
    }),
    greetingDelayMs: changes.earlyTalkerWaitMs ?? (openToAll ? common.earlyTalkerWaitMs : 0),
    limits: {
      ...defined({
        perAddressMax: changes.perAddressMax,
        perNetworkMax: changes.perNetworkMax,
        messagesMax: changes.messagesMax,
        idleMs: changes.idleMs,
        recipientsMax: recipientsMax === undefined ? undefined : { authenticated: recipientsMax, others: recipientsMax },
      }),
      messageBytesMax: changes.maxMessageBytes ?? common.maxMessageBytes,
      connectionsMax: changes.connectionsMax ?? common.connectionsMax,
    },
  }
}

/** What is absent leaves the policy of the kind as it is. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> } // only undefined values are gone
}
