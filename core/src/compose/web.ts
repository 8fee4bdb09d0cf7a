/** The web role: APIs, pages, events from the edge, and tracking hosts without one. */
import { createTrackingRecorder } from '../events/record-tracking.ts'
import type { AdminDeps } from '../http/admin/deps.ts'
import { adminRoutes } from '../http/admin/routes.tsx'
import { type Admit, createAdmission } from '../http/api/admission.ts'
import { clientAddress, clientHost, createWebApp } from '../http/app.ts'
import { type BodyLimits, createBodyReader } from '../http/body.ts'
import { createClients } from '../http/clients.ts'
import { createHosts } from '../http/hosts.ts'
import { ingestRoutes } from '../http/ingest/routes.ts'
import { createJwks } from '../http/jwks.ts'
import { createReverseNames } from '../http/reverse-names.ts'
import { listen } from '../http/server.ts'
import { createTrackingHosts } from '../http/tracking.ts'
import { createIntake, type Intake } from '../intake/accept.ts'
import { createInspector, type Inspector } from '../manage/inspector.ts'
import { readSigningKeys } from '../manage/keys.ts'
import { createCredentialUse } from '../store/credential-use.ts'
import { isTrackingHost } from '../store/tracking-domains.ts'
import type { Core, Running } from './core.ts'
import { composeDns, resolverServers } from './dns.ts'
import { openKeys } from './keys.ts'
import { ownVersion } from './version.ts'

const RECIPIENTS_MAX = 1_000
/** JSON and base64 make a message larger by a third, escapes and the wrapped form by more. */
const BODY_FACTOR = 2
/** So many of the largest bodies may be in memory at a time. */
const LARGEST_BODIES_AT_ONCE = 16
const BODY_EXTRA_BYTES = 1024 * 1024
/** Of those that are only looked at. */
const INSPECTED_BODIES_AT_ONCE = 4
/** What a form has besides the mail. */
const FORM_EXTRA_BYTES = 64 * 1024
const INSPECTION_PATIENCE_MS = 20_000

export async function startWeb(core: Core): Promise<Running & { readonly port: number }> {
  const { db, clock, config, log } = core
  const keys = await openKeys(core)
  const intake = createIntake({ ...core, node: core.lease.node })
  const onFault = (fault: unknown) => log.warn({ event: 'web.fault', error: fault }, 'Something beside a request failed')
  const credentialUse = createCredentialUse({ db, clock, onFault })
  const recordTrackingEvents = createTrackingRecorder({ ...core, node: core.lease.node })
  const tracking = createTrackingHosts({
    keys: keys.tracking,
    clock,
    clientAddress,
    requestHost: clientHost,
    recordTrackingEvents,
    onFault,
  })
  const admit = createAdmission({ ...core, credentialUse })
  const inspector = composeInspector(core)
  const admin = composeAdmin(core, inspector)
  const app = createWebApp({
    ...core,
    clientOf: createClients(config.web.trustedProxies),
    hosts: createHosts({
      own: [config.web.hostname, ...config.web.otherHostnames],
      trackDomain: config.dns.trackDomain,
      isTrackingDomain: (host) => isTrackingHost(db, host),
      clock,
    }),
    jwks: createJwks(() => readSigningKeys(core), clock),
    tracking: tracking.app,
    ingest: ingestRoutes({ keys: keys.tracking, clock, recordTrackingEvents }),
    apiV1: composeApiV1(core, { intake, admit }),
    apiV2: { ...admin, admit, withBody: createBodyReader(inspectedLimits(core, 0)) },
    pages: adminRoutes(admin),
  })
  const server = await listen(app, { address: config.web.bindAddress, port: config.web.port })
  log.info({ event: 'web.listening', address: config.web.bindAddress, port: server.port }, 'The web role is listening')
  return {
    port: server.port,
    stop: async (deadlineMs) => {
      await server.stop(deadlineMs)
      await Promise.all([intake.idle(), ...[credentialUse, tracking, inspector].map((part) => part[Symbol.asyncDispose]())])
    },
  }
}

function composeInspector({ config }: Core): Inspector {
  const { hostname } = config.smtp
  const servers = resolverServers(config)
  return createInspector({ servers, timeoutMs: config.dns.timeoutMs, hostname, patienceMs: INSPECTION_PATIENCE_MS })
}

const inspectedLimits = ({ config: { smtp } }: Core, extraBytes: number): BodyLimits => ({
  bytesMax: smtp.maxMessageBytes + extraBytes,
  allBytesMax: INSPECTED_BODIES_AT_ONCE * smtp.maxMessageBytes,
})

function composeAdmin(core: Core, inspector: Inspector): AdminDeps {
  const { config, clock, log } = core
  return {
    inspector,
    uploads: { bytesMax: config.smtp.maxMessageBytes, withForm: createBodyReader(inspectedLimits(core, FORM_EXTRA_BYTES)) },
    manage: { ...core, dnsNames: config.dns, newDns: () => composeDns(config, clock), newMailServer: config.newMailServer },
    useIpPools: config.delivery.useIpPools,
    smtpRelays: config.delivery.smtpRelays.map(({ host, port, tlsMode, login }) => ({ host, port, tlsMode, user: login?.user ?? null })),
    tlsPolicies: config.delivery.tlsPolicies,
    ownNames: { ...config.dns, hostnames: config.smtp.hostnames },
    version: ownVersion(),
    onFault: (fault, requestId) => log.error({ event: 'http.fault', requestId, error: fault }, 'A request failed'),
  }
}

function composeApiV1(core: Core, parts: { readonly intake: Intake; readonly admit: Admit }) {
  const { config, clock } = core
  const { maxMessageBytes } = config.smtp
  const bytesMax = BODY_FACTOR * maxMessageBytes + BODY_EXTRA_BYTES
  return {
    ...core,
    ...parts,
    ptr: createReverseNames({ dns: composeDns(config, clock), clock }),
    withBody: createBodyReader({ bytesMax, allBytesMax: LARGEST_BODIES_AT_ONCE * bytesMax }),
    settings: {
      hostname: config.web.hostname,
      returnPathDomain: config.dns.returnPathDomain,
      messageBytesMax: maxMessageBytes,
      recipientsMax: RECIPIENTS_MAX,
    },
  }
}
