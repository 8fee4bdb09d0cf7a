/** Takes a port, and says what to do when it cannot be had. */
import { Listener, type ListenerContext } from './listener.ts'
import type { ListenerKind } from './policy.ts'

export type BoundAddress = { readonly kind: ListenerKind; readonly address: string; readonly port: number }

export async function bindListener(context: ListenerContext): Promise<{ readonly listener: Listener; readonly address: BoundAddress }> {
  const { settings } = context
  if (settings.kind === 'submissions' && !context.tls)
    throw new Error(`port ${settings.port} needs TLS: configure a certificate and its key`)
  try {
    return await bind(context)
  } catch (fault) {
    const { log } = context.services
    if (codeOf(fault) === 'EACCES' && settings.fallbackPort !== null) {
      log.warn({ event: 'smtp.port_not_permitted', port: settings.port, taken: settings.fallbackPort }, notPermitted(settings.port))
      return bindListener({ ...context, settings: { ...settings, port: settings.fallbackPort, fallbackPort: null } })
    }
    // A machine without IPv6 has no `::`
    if (settings.address === '::' && ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(codeOf(fault))) {
      return bindListener({ ...context, settings: { ...settings, address: '0.0.0.0' } })
    }
    throw new Error(explain(fault, settings), { cause: fault })
  }
}

async function bind(context: ListenerContext) {
  const listener = new Listener(context)
  warnOfUselessPort(context, listener)
  const { address, port } = await listener.bind()
  return { listener, address: { kind: context.settings.kind, address, port } }
}

/** A port that demands TLS and cannot offer it takes no mail; nobody would find out from the client's side. */
function warnOfUselessPort({ settings, services, tls }: ListenerContext, { policy }: Listener): void {
  if (tls || !(policy.mailNeedsTls || (policy.auth === 'required' && policy.authNeedsTls))) return
  const advice = 'configure a certificate and its key, or do not require TLS on this port'
  services.log.warn(
    { event: 'smtp.port_useless', port: settings.port },
    `port ${settings.port} requires TLS, which is not configured: ${advice}`,
  )
}

function explain(fault: unknown, { address, port }: ListenerContext['settings']): string {
  const code = codeOf(fault)
  if (code === 'EACCES') return notPermitted(port)
  if (code === 'EADDRINUSE')
    return `port ${port} on ${address} is taken by another program: stop it (ss -ltnp 'sport = :${port}' names it) or choose another port`
  return `cannot listen on port ${port} of ${address}`
}

const notPermitted = (port: number): string =>
  `port ${port} needs a right that this process lacks: give it CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE; by hand: sudo setcap cap_net_bind_service=+ep ${process.execPath}), or set net.ipv4.ip_unprivileged_port_start`

const codeOf = (fault: unknown): string => (fault instanceof Error && 'code' in fault ? String(fault.code) : '')
