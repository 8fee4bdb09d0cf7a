/** How the SMTP server is set up in tests: a listener of each kind, on ports that are free. */
import type { ListenerKind, PolicyChanges } from '@posthaste/core/smtp/policy.ts'
import type { ListenerSettings, SmtpSettings } from '@posthaste/core/smtp/server.ts'

export const HOSTNAME = 'mx.posthaste.test'
const KINDS: readonly ListenerKind[] = ['postal', 'mx', 'submission', 'submissions']

type Certificate = { readonly certificatePath: string; readonly keyPath: string }

export function settingsFor(certificate: Certificate | null, policy: PolicyChanges): SmtpSettings {
  const listener = (kind: ListenerKind): ListenerSettings => ({ kind, address: '127.0.0.1', port: 0, fallbackPort: null, policy })
  return {
    hostname: HOSTNAME,
    listeners: KINDS.map(listener),
    tls: certificate && { ...certificate, ciphers: null },
    proxies: [],
    returnPathDomain: 'rp.posthaste.test',
    customReturnPathPrefix: 'psrp',
    routeDomain: 'routes.posthaste.test',
    memoryBytesMax: 256 * 1_048_576,
    ptrTimeoutMs: 1_000,
    authThrottle: { failuresMax: 1_000, windowMs: 60_000, blockMs: 60_000 },
    reusePort: false,
    logConnections: true,
    logExclusion: null,
  }
}
