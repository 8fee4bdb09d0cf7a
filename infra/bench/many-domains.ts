/** Mail to ten thousand domains, each with a host of its own, of which a tenth is slow or dead: what that costs the others. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { Zone } from '@posthaste/test/support/dns-zone.ts'
import type { Installation } from '@posthaste/test/support/installation/open.ts'
import { type Bench, type BenchOptions, scaled } from './bench.ts'
import { openBench } from './open.ts'
import { startSink } from './postfix.ts'
import { compare } from './result.ts'
import { createRows } from './rows.ts'
import { timed, untilAtMost } from './timing.ts'

const DOMAINS = 10_000
const MESSAGES_EACH = 3
/** Every tenth domain. */
const TROUBLED = 10
const WELL_HOST = '127.0.0.1'
/** Takes connections and never says a word. */
const SILENT_HOST = '127.0.0.2'
/** Nobody listens there. */
const DEAD_HOST = '127.0.0.3'
/** Idle sessions of other domains stay open for a while. */
const SINK_CONNECTIONS = 15_000
const WARM_UP = 1_000
const DAY_MS = 86_400_000

export const manyDomainsBench: Bench = async (options) => {
  const peerValue = await rateOfTheWell(WELL_HOST, options)
  const results = []
  for (const [name, host] of [
    ['silent', SILENT_HOST],
    ['dead', DEAD_HOST],
  ] as const) {
    const value = await rateOfTheWell(host, options)
    const note =
      `messages to nine tenths of ${scaled(DOMAINS, options)} domains with a host each, by turns, while the last tenth is ${name}; ` +
      'the peer is the same queue with all of them well'
    results.push(compare({ name: `many-domains ${name}`, value, unit: 'messages/s', peer: 'all well', peerValue, goal: 0.9, note }))
  }
  return results
}

/** Messages a second to the nine tenths, until the last of theirs. */
async function rateOfTheWell(troubledHost: string, options: BenchOptions): Promise<number> {
  await using installation = await openBench(options)
  const { ports, dns } = installation
  await using _sink = await startSink(ports.mx, { connectionsMax: SINK_CONNECTIONS })
  await using _silent = await startSilence(ports.mx)
  const domains = Math.max(TROUBLED, scaled(DOMAINS, options))
  dns.set(zoneOf(domains, troubledHost))
  const rows = await createRows(installation)
  await installation.start('worker')
  const warmUp = scaled(WARM_UP, options)
  await rows.addQueued(warmUp, new Date())
  await untilAtMost(async () => warmUp - (await sent(installation)), 0)

  const messages = domains * MESSAGES_EACH
  const well = messages - Math.ceil(domains / TROUBLED) * MESSAGES_EACH
  const expected = warmUp + (troubledHost === WELL_HOST ? messages : well)
  await rows.addQueued(messages, new Date(Date.now() + DAY_MS), { domains })
  const seconds = await timed(async () => {
    await installation.db.$client.query('UPDATE queue_entries SET due_at = created_at')
    await untilAtMost(async () => expected - (await sent(installation)), 0)
  })
  return well / seconds
}

/** `_mta-sts` exists, because our name server is slow to say that a name does not. */
function zoneOf(domains: number, troubledHost: string): Zone {
  const zone: Record<string, Zone[string]> = {}
  for (let n = 0; n < domains; n += 1) {
    const domain = `d${n}.test`
    zone[domain] = { MX: [`10 mx.${domain}`] }
    zone[`mx.${domain}`] = { A: [n % TROUBLED === 0 ? troubledHost : WELL_HOST] }
    zone[`_mta-sts.${domain}`] = {}
  }
  return zone
}

async function startSilence(port: number): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(port, SILENT_HOST, 4_096)
  await once(server, 'listening')
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** From the statistics, which have few rows. */
async function sent({ db }: Installation): Promise<number> {
  const [rows] = await db.$client.query('SELECT SUM(sent) AS sent FROM statistics')
  return Number((rows as unknown as { sent: string | null }[])[0]?.sent ?? 0) // as selected; the driver gives sums as text
}
