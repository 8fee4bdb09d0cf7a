/** A worker process for tests that kill it: the delivery engine on a given database, with a lease that it renews, until it dies. */
import { type DatabaseOptions, openDatabase } from '@posthaste/core/store/database.ts'
import { startEngine } from './engine.ts'

export type WorkerProgram = { readonly database: DatabaseOptions; readonly dns: string; readonly smtpPort: number }

const { database, dns, smtpPort } = JSON.parse(process.argv[2] ?? '{}') as WorkerProgram // written by the test that starts us
const db = openDatabase(database)
const engine = await startEngine({ db, dns, smtpPort, directoryTtlMs: 3_000 })
engine.work()
process.stdout.write(`working ${engine.lease}\n`)
