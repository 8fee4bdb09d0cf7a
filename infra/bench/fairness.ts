/** How long a single mail of one tenant takes while a broadcast of another is on its way: beside it at the same site, and past one that is slow. */
import { setTimeout as wait } from 'node:timers/promises'
import { createCredential } from '@posthaste/core/manage/credentials.ts'
import { addDomain } from '@posthaste/core/manage/domains.ts'
import { createMailServer } from '@posthaste/core/manage/mail-servers.ts'
import { createOrganization } from '@posthaste/core/manage/organizations.ts'
import type { Installation } from '@posthaste/test/support/installation/open.ts'
import { until } from '@posthaste/test/support/until.ts'
import { type Bench, type BenchOptions, scaled } from './bench.ts'
import { benchHtml } from './mail.ts'
import { openBench } from './open.ts'
import { startSink } from './postfix.ts'
import { type BenchResult, compareLess } from './result.ts'
import { createRows } from './rows.ts'
import { percentile } from './timing.ts'

const BROADCAST = 200_000
const SINGLES = 20
const BETWEEN_MS = 500
const LIMIT_MS = 5_000
const GIVE_UP_MS = 60_000
const TENANT_DOMAIN = 'other.test'
const FAST = 'receiver.test'
const SLOW = 'slow.test'
const SLOW_HOST = '127.0.0.2'
/** On each of the connections that it gets, a message a second. */
const SLOW_SECONDS = 1

export const fairnessBench: Bench = async (options) => [
  ...(await besides({ broadcast: FAST, singles: [FAST] }, options)),
  ...(await besides({ broadcast: SLOW, singles: [FAST, SLOW] }, options)),
]

type Course = { readonly broadcast: string; readonly singles: readonly string[] }

async function besides({ broadcast, singles }: Course, options: BenchOptions): Promise<BenchResult[]> {
  await using installation = await openBench(options)
  const { ports, dns } = installation
  dns.set({ [SLOW]: { MX: [`10 mx.${SLOW}`] }, [`mx.${SLOW}`]: { A: [SLOW_HOST] } })
  await using _sink = await startSink(ports.mx)
  await using _slow = await startSink(ports.mx, { host: SLOW_HOST, waitSeconds: SLOW_SECONDS })
  const apiKey = await addTenant(installation)
  const rows = await createRows(installation)
  const count = scaled(BROADCAST, options)
  await rows.addQueued(count, new Date(), { domain: broadcast })
  await installation.start('web')
  await installation.start('worker')
  const before = await installation.queued()
  // Until the broadcast has all the room that the worker gives.
  await until(async () => (await installation.queued()) < before - BEGUN, { what: 'the broadcast to begin', timeoutMs: GIVE_UP_MS })

  const results: BenchResult[] = []
  for (const domain of singles) {
    const taken = await timeSingles(installation, apiKey, domain)
    const left = await installation.queued()
    const note =
      `the slowest of ${SINGLES} mails, from the API call to the recorded 250, half a second apart; at the end ${left} of ${count} messages of the broadcast ` +
      `to ${broadcast} were left; median ${Math.round(percentile(taken, 0.5))} ms; the peer is the limit, the ratio limit ÷ ours`
    const name = domain === broadcast ? `fairness ${domain === SLOW ? 'slow-site' : 'same-site'}` : 'fairness past-slow-site'
    results.push(compareLess({ name, value: Math.max(...taken), unit: 'ms', peer: 'limit', peerValue: LIMIT_MS, goal: 1, note }))
  }
  return results
}

const BEGUN = 60

/** A second organization with a mail server. @returns its API key */
async function addTenant({ manage }: Installation): Promise<string> {
  const { id: organizationId } = await createOrganization(manage, { name: 'Other' })
  const { id: mailServerId } = await createMailServer(manage, { organizationId, name: 'Other' })
  await addDomain(manage, { organizationId, mailServerId, name: TENANT_DOMAIN, verified: true })
  return (await createCredential(manage, { mailServerId, type: 'api', name: 'singles' })).key ?? ''
}

async function timeSingles(installation: Installation, apiKey: string, domain: string): Promise<number[]> {
  const taken: number[] = []
  for (let n = 0; n < SINGLES; n += 1) {
    await wait(BETWEEN_MS)
    const started = performance.now()
    const id = await send(installation, { apiKey, to: `single${n}@${domain}` })
    await until(() => isSent(installation, id), { what: `single mail ${n} to ${domain}`, timeoutMs: GIVE_UP_MS })
    taken.push(performance.now() - started)
  }
  return taken
}

async function send({ ports }: Installation, { apiKey, to }: { apiKey: string; to: string }): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${ports.web}/api/v1/send/message`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Server-API-Key': apiKey },
    body: JSON.stringify({ to: [to], from: `reset@${TENANT_DOMAIN}`, subject: 'Your new password', html_body: benchHtml() }),
  })
  const answer = (await response.json()) as { data?: { messages?: Record<string, { id: number }> } } // as API v1 answers
  const id = answer.data?.messages?.[to]?.id
  if (!id) throw new Error(`the API did not take the mail: ${JSON.stringify(answer)}`)
  return id
}

async function isSent({ db }: Installation, id: number): Promise<boolean> {
  const [rows] = await db.$client.query('SELECT status FROM messages WHERE id = ?', [id])
  return (rows as unknown as { status: string }[])[0]?.status === 'sent' // as selected
}
