/** The private database for the time of one command: the one that runs, or one started for it. */
import { type DatabaseOptions, openDatabase } from '../store/database.ts'
import { startPrivateServer } from '../store/private-server.ts'
import { otherConnections } from '../store/server-connections.ts'

export type PrivateDatabase = AsyncDisposable & { readonly options: DatabaseOptions }

/** As `posthaste start` sets it up. */
const USER = 'root'
const DATABASE = 'posthaste'

/** What was started here is stopped, unless `posthaste start` or another command has come to lean on it. */
export async function openPrivateDatabase(directory: string): Promise<PrivateDatabase> {
  const server = await startPrivateServer({ directory })
  const options = { address: { socketPath: server.socketPath }, user: USER, database: DATABASE, connectionsMax: 4 }
  return {
    options,
    [Symbol.asyncDispose]: async () => {
      if (!server.adopted && (await othersOn(options)) === 0) await server.stop()
    },
  }
}

/** Of the server, not of the database in it: a command that failed early has not made that yet. */
async function othersOn({ address, user }: DatabaseOptions): Promise<number> {
  await using db = openDatabase({ address, user, connectionsMax: 1 })
  return await otherConnections(db) // awaited here, because the pool is closed on the way out
}
