/** Starts the core as an operator would: one program, configured by environment, its private database beside it. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunningProcess } from '../processes.ts'
import type { Ports } from './ports.ts'
import { startProgram } from './program.ts'
import { HOSTS } from './zone.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export type CorePlace = {
  readonly dataDir: string
  readonly ports: Ports
  readonly tls: { readonly certificatePath: string; readonly keyPath: string }
}

export async function startCore(place: CorePlace): Promise<RunningProcess> {
  const { dataDir, ports } = place
  return startProgram({
    name: 'core',
    command: [process.execPath, '--enable-source-maps', join(ROOT, 'core/dist/main.js'), 'start'],
    env: coreEnvironment(place),
    cwd: dataDir,
    logPath: join(dataDir, 'logs', 'core.log'),
    healthUrls: [ports.webHealth, ports.smtpHealth, ports.workerHealth].map((port) => `http://127.0.0.1:${port}/health`),
  })
}

/** Everything that differs from the defaults of a laptop. */
export function coreEnvironment({ dataDir, ports, tls }: CorePlace): Record<string, string> {
  return {
    POSTHASTE_DATA_DIR: join(dataDir, 'posthaste'),
    POSTAL_WEB_HOSTNAME: HOSTS.web,
    POSTAL_SMTP_HOSTNAME: HOSTS.smtp,
    WEB_SERVER_DEFAULT_PORT: String(ports.web),
    SMTP_SERVER_DEFAULT_PORT: String(ports.smtp),
    SMTP_SERVER_DEFAULT_BIND_ADDRESS: '127.0.0.1',
    SMTP_SERVER_TLS_ENABLED: 'true',
    SMTP_SERVER_TLS_CERTIFICATE_PATH: tls.certificatePath,
    SMTP_SERVER_TLS_PRIVATE_KEY_PATH: tls.keyPath,
    POSTHASTE_WEB_HEALTH_PORT: String(ports.webHealth),
    SMTP_SERVER_DEFAULT_HEALTH_SERVER_PORT: String(ports.smtpHealth),
    WORKER_DEFAULT_HEALTH_SERVER_PORT: String(ports.workerHealth),
    DNS_RETURN_PATH_DOMAIN: HOSTS.returnPath,
    DNS_ROUTE_DOMAIN: HOSTS.routes,
    DNS_TRACK_DOMAIN: HOSTS.track,
    DNS_SPF_INCLUDE: HOSTS.spf,
    DNS_MX_RECORDS: HOSTS.smtp,
    POSTHASTE_DNS_RESOLVERS: `127.0.0.1:${ports.dns}`,
    POSTAL_USE_LOCAL_NS_FOR_DOMAIN_VERIFICATION: 'true',
    POSTHASTE_SMTP_CLIENT_PORT: String(ports.mx),
    POSTHASTE_ALLOW_PRIVATE_NETWORKS: '127.0.0.0/8',
    POSTHASTE_TRACKING_PROTOCOL: 'http',
    POSTHASTE_TRACKING_PORT: String(ports.edge),
    SILENCE_POSTAL_CONFIG_MESSAGES: 'true',
  }
}
