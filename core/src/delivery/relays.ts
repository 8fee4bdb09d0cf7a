/** Which relays a message goes through: those of its recipient's domain, else of its mail server, else of the installation. */
import { sealContext } from '../domain/seals.ts'
import type { Vault } from '../domain/vault.ts'
import { cached } from '../store/cache.ts'
import type { Database } from '../store/database.ts'
import { listRelays, type RelayRow } from '../store/relays.ts'
import { type Relay, TLS_OF } from './couriers/target.ts'

/** Empty for the domain's own hosts; several are tried in their order. @param domain normalised */
export type RelaysFor = (mailServerId: number, domain: string) => Promise<readonly Relay[]>

export type RelayOptions = {
  readonly db: Database
  readonly clock: () => Date
  readonly vault: Pick<Vault, 'unseal'>
  /** Of the configuration, for mail that no other relay is set for. */
  readonly installation: readonly Relay[]
  readonly ttlMs?: number
}

/** How long a change takes to reach all workers. */
const TTL_MS = 3_000

export function createRelays({ db, clock, vault, installation, ttlMs = TTL_MS }: RelayOptions): RelaysFor {
  const read = cached({ load: async () => byOwner(await listRelays(db), vault), ttlMs, entriesMax: 1, clock })
  const ofInstallation = installation.map((relay) => ({ ...relay, trusted: true }))
  return async (mailServerId, domain) => {
    const owned = await read('all')
    for (const owner of ownersOf(mailServerId, domain)) {
      const found = owned.get(owner)
      if (found) return found()
    }
    return ofInstallation
  }
}

/** The closest first. */
const ownersOf = (mailServerId: number | null, domain: string): string[] => [
  keyOf(mailServerId, domain),
  keyOf(null, domain),
  keyOf(mailServerId, null),
  keyOf(null, null),
]

/** The same choice among rows that somebody has read. */
export function relaysAmong(rows: readonly RelayRow[], mailServerId: number | null, domain: string): readonly RelayRow[] {
  const groups = Map.groupBy(rows, (row) => keyOf(row.mailServerId, row.domain))
  for (const owner of ownersOf(mailServerId, domain)) {
    const found = groups.get(owner)
    if (found) return found
  }
  return []
}

const keyOf = (mailServerId: number | null, domain: string | null): string => `${mailServerId ?? ''} ${domain ?? ''}`

/** Passwords are opened when they are needed: one that cannot be opened concerns only the mail that would use it. */
function byOwner(rows: readonly RelayRow[], vault: Pick<Vault, 'unseal'>): Map<string, () => readonly Relay[]> {
  const groups = Map.groupBy(rows, ({ mailServerId, domain }) => keyOf(mailServerId, domain))
  return new Map([...groups].map(([owner, group]) => [owner, once(() => group.map((row) => toRelay(row, vault)))]))
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function toRelay(row: RelayRow, vault: Pick<Vault, 'unseal'>): Relay {
  const { id, mailServerId, host, port, tlsMode, username, passwordSealed } = row
  const relay = { id, mailServerId, host, port, tls: TLS_OF[tlsMode], trusted: true }
  if (username === null || passwordSealed === null) return relay
  const password = Buffer.from(vault.unseal(passwordSealed, sealContext.relayPassword(id))).toString()
  return { ...relay, auth: { user: username, password } }
}
