/** One SMTP process over a database that stands already, to be killed: `node front-door-process.ts {socket} {database} {node} {port} {fallback port}`. */
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { createIds } from '@posthaste/core/domain/ids.ts'
import { createVault } from '@posthaste/core/domain/vault.ts'
import { createIntake } from '@posthaste/core/intake/accept.ts'
import { createLogger } from '@posthaste/core/observe/logger.ts'
import { createMailLog } from '@posthaste/core/observe/mail-log.ts'
import { createMetrics } from '@posthaste/core/observe/metrics.ts'
import { createSmtpServer } from '@posthaste/core/smtp/server.ts'
import { openDatabase } from '@posthaste/core/store/database.ts'
import { createDirectory } from '@posthaste/core/store/directory.ts'
import { HOSTNAME, settingsFor } from './front-door-settings.ts'

const [socketPath = '', database = '', node = '1', port = '0', fallbackPort = null] = process.argv.slice(2)
const db = openDatabase({ address: { socketPath }, user: 'root', database, connectionsMax: 8 })
const clock = () => new Date()
const log = createLogger({ level: fallbackPort === null ? 'fatal' : 'warn', role: 'smtp', clock })
const server = createSmtpServer(
  {
    ...{ db, log, clock, randomBytes, metrics: createMetrics(), mailLog: createMailLog(log), vault: createVault(Buffer.alloc(32, 7)) },
    directory: createDirectory(db, clock, 1_000),
    intake: createIntake({ db, node: Number(node), newId: createIds({ node: Number(node), clock }), clock, randomBytes }),
    dns: { ptr: async () => ({ kind: 'none' }) },
    wait: (ms, signal) => wait(ms, undefined, { signal }),
  },
  {
    ...settingsFor(null, {}),
    listeners: [
      {
        kind: 'mx',
        address: '127.0.0.1',
        port: Number(port),
        fallbackPort: fallbackPort === null ? null : Number(fallbackPort),
        hostname: HOSTNAME,
      },
    ],
    reusePort: true,
  },
)
const [bound] = await server.listen()
console.log(`listening on ${bound?.port}`)
process.on('SIGTERM', () => void server.close(1_000).then(() => process.exit(0)))
