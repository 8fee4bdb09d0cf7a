/** A worker of webhooks as a process of its own, to be killed: `node webhook-worker.ts <socket> <database>`. */
import { setInterval as every } from 'node:timers/promises'
import { openDatabase } from '@posthaste/core/store/database.ts'
import { renewLease } from '@posthaste/core/store/leases.ts'
import { startWebhookEngine } from './webhook-engine.ts'

const RENEW_EVERY_MS = 5_000

const [socketPath = '', database = ''] = process.argv.slice(2)
const db = openDatabase({ address: { socketPath }, user: 'root', database, connectionsMax: 10 })
const engine = await startWebhookEngine({ db })
engine.work()
process.stdout.write('working\n')
for await (const _ of every(RENEW_EVERY_MS)) await renewLease(db, { node: engine.node, lease: engine.lease }).catch(() => undefined)
