/** The SMTP server: all its ports, with what they share. */
import { createCredentialUse } from '../store/credential-use.ts'
import { createAuthThrottle } from './auth-throttle.ts'
import { type BoundAddress, bindListener } from './bind.ts'
import { fingerprintOf, readCertificates, type TlsMaterial } from './certificates.ts'
import { createConnectionLimits } from './connection-limits.ts'
import type { Deps, SmtpSettings } from './deps.ts'
import type { Listener, ListenerContext } from './listener.ts'
import { createMemoryBudget, roomForMails } from './memory-budget.ts'
import { contains, parseNetwork } from './networks.ts'
import type { Services } from './services.ts'
import { createTranscript } from './transcript.ts'

export type { BoundAddress } from './bind.ts'
export type { Deps, ListenerSettings, SmtpSettings } from './deps.ts'

export type SmtpServer = {
  /** @throws Error that tells the operator what to do, when a port cannot be had or a certificate cannot be read. */
  readonly listen: () => Promise<readonly BoundAddress[]>
  /** Takes no new clients, lets running transactions finish, and ends what is left at the deadline. */
  readonly close: (deadlineMs: number) => Promise<void>
  readonly openConnections: () => number
  /** Memory that mails take which are coming in now. */
  readonly bytesReceiving: () => number
}

const TICK_MS = 1_000
const CERTIFICATE_TICKS = 5

export function createSmtpServer(deps: Deps, settings: SmtpSettings): SmtpServer {
  const services: Services = {
    ...deps,
    settings,
    authThrottle: createAuthThrottle(deps, settings.authThrottle),
    credentialUse: createCredentialUse({
      ...deps,
      onFault: (error) => deps.log.warn({ event: 'smtp.credential_use_late', error }, 'Use of credentials could not be recorded yet'),
    }),
    memory: createMemoryBudget(roomForMails(settings.memoryBytesMax)),
  }
  const limits = createConnectionLimits()
  const ended = new AbortController()
  const listeners: Listener[] = []

  return {
    listen: async () => {
      const tls = settings.tls && (await readCertificates(settings.tls))
      const context = {
        services,
        transcript: createTranscript({ ...deps, ...settings }),
        limits,
        isTrustedProxy: trustedProxies(settings),
        tls,
      }
      const bound = await bindAll(settings.listeners, context, listeners)
      void watch({ services, listeners, signal: ended.signal })
      return bound
    },
    close: async (deadlineMs) => {
      await closeAll(listeners, { deadlineMs, services })
      ended.abort()
      await services.credentialUse[Symbol.asyncDispose]()
    },
    openConnections: limits.open,
    bytesReceiving: services.memory.taken,
  }
}

function trustedProxies({ proxies }: SmtpSettings): (ip: string) => boolean {
  const networks = proxies.map(parseNetwork).filter((network) => network !== undefined)
  return (ip) => networks.some((network) => contains(network, ip))
}

/** All ports or none. */
async function bindAll(
  wanted: SmtpSettings['listeners'],
  context: Omit<ListenerContext, 'settings'>,
  listeners: Listener[],
): Promise<BoundAddress[]> {
  const bound: BoundAddress[] = []
  try {
    for (const settings of wanted) {
      const { listener, address } = await bindListener({ ...context, settings })
      listeners.push(listener)
      bound.push(address)
    }
    return bound
  } catch (fault) {
    for (const listener of listeners) listener.server.close()
    throw fault
  }
}

type Watched = { readonly services: Services; readonly listeners: readonly Listener[]; readonly signal: AbortSignal }

/** Looks every second after slow clients, and every few seconds after certificates. */
async function watch({ services, listeners, signal }: Watched): Promise<void> {
  const { wait, clock, settings } = services
  let known = settings.tls && (await fingerprintOf(settings.tls).catch(() => ''))
  for (let tick = 1; !signal.aborted; tick += 1) {
    await wait(TICK_MS, signal).catch(() => undefined)
    const now = clock()
    const memoryShort = services.memory.wasShort()
    for (const listener of listeners) listener.checkPatience(now, memoryShort)
    if (known === null || tick % CERTIFICATE_TICKS !== 0 || signal.aborted) continue
    known = await reload({ services, listeners, known })
  }
}

async function reload({ services, listeners, known }: Omit<Watched, 'signal'> & { readonly known: string }): Promise<string> {
  const { log, settings } = services
  if (!settings.tls) return known
  try {
    const found = await fingerprintOf(settings.tls)
    if (found === known) return known
    const tls: TlsMaterial = await readCertificates(settings.tls)
    for (const listener of listeners) listener.useCertificates(tls)
    log.info({ event: 'smtp.certificates_reloaded' }, 'Certificates were read again')
    return found
  } catch (error) {
    log.warn({ event: 'smtp.certificates_kept', error }, 'New certificates cannot be used; the old ones stay')
    return known
  }
}

type Closing = { readonly deadlineMs: number; readonly services: Services }

async function closeAll(listeners: readonly Listener[], { deadlineMs, services }: Closing): Promise<void> {
  const closed = listeners.map((listener) => new Promise<void>((done) => listener.server.close(() => done())))
  const dialogues = listeners.flatMap((listener) => listener.dialogues)
  for (const dialogue of dialogues) dialogue.leave()
  for (const listener of listeners) for (const top of listener._pendingSockets.values()) top.destroy()

  const inTime = new AbortController()
  const late = services.wait(deadlineMs, inTime.signal).then(
    () => {
      for (const listener of listeners) for (const dialogue of listener.dialogues) dialogue._socket.destroy()
    },
    () => undefined,
  )
  await Promise.all(closed)
  inTime.abort()
  await late
}
