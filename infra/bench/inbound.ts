/** Mail from strangers to a route's HTTP endpoint, against SMTP accept by the same load generator. */
import { existsSync } from 'node:fs'
import { newUuid } from '@posthaste/core/domain/uuid.ts'
import { createHttpEndpoint } from '@posthaste/core/manage/http-endpoints.ts'
import { routes } from '@posthaste/core/store/schema/routes.ts'
import type { Installation } from '@posthaste/test/support/installation/open.ts'
import { SENDER_DOMAIN } from '@posthaste/test/support/installation/zone.ts'
import { CONNECTIONS, WARM_UP } from './accept.ts'
import { type Bench, type BenchOptions, BenchUnavailable, scaled } from './bench.ts'
import { benchMail, FROM, TO } from './mail.ts'
import { openBench } from './open.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { type BenchResult, compare } from './result.ts'
import { openMany, type SmtpMail, sendAll } from './smtp-load.ts'
import { timed, untilEmpty } from './timing.ts'
import { costOf, databasePid } from './usage.ts'

const MESSAGES = 5_000
const GOAL = 0.5
/** No credential names it: the mail of strangers. */
const STRANGER = '127.0.0.2'
const INBOX = `inbox@${SENDER_DOMAIN}`
const SENDER = 'someone@receiver.test'

export const inboundBench: Bench = (options) => inbound(options, { name: 'inbound', postalSignatures: true, how: 'signed as Postal does' })

/** For endpoints whose receiver checks its own secret. */
export const inboundHmacBench: Bench = (options) =>
  inbound(options, { name: 'inbound-hmac', postalSignatures: false, how: "signed by the endpoint's secret alone" })

type Signing = { readonly name: string; readonly postalSignatures: boolean; readonly how: string }

async function inbound(options: BenchOptions, { name, postalSignatures, how }: Signing): Promise<readonly BenchResult[]> {
  if (!existsSync(new URL('../../core/src/delivery/incoming.ts', import.meta.url))) {
    throw new BenchUnavailable('nothing delivers incoming mail yet (core/src/delivery/incoming.ts)')
  }
  await using receiver = await startReceiver()
  await using installation = await openBench(options)
  await addRoute(installation, receiver, postalSignatures)
  const smtp = await installation.start('smtp')
  const messages = scaled(MESSAGES, options)
  const peerValue = await accepted(installation, messages)
  await installation.db.$client.query('DELETE FROM queue_entries')
  const worker = await installation.start('worker')

  const connections = await openMany(Array.from({ length: CONNECTIONS }, () => ({ port: installation.ports.smtp, localAddress: STRANGER })))
  const mail = { from: SENDER, to: INBOX, data: benchMail({ from: SENDER, to: INBOX }) }
  const through = async (count: number) => {
    await sendAll(connections, mail, count)
    await untilEmpty(installation.queued)
  }
  await through(WARM_UP)
  const pids = { smtp: smtp.pid, worker: worker.pid, database: await databasePid(installation.db) }
  let seconds = 0
  const cost = await costOf(pids, messages, async () => {
    seconds = await timed(() => through(messages))
  })
  for (const connection of connections) connection[Symbol.dispose]()
  const { requests } = await receiver.counted()
  if (requests < WARM_UP + messages) throw new Error(`${requests} requests came where ${WARM_UP + messages} mails were sent`)
  const note =
    `from a stranger by SMTP to a local HTTP endpoint that answered 200, ${how}; SPF, DKIM and DMARC checked, no spam or virus scanner; the peer is our ` +
    `acceptance of outgoing mail by the same generator, whose CPU time counts on both sides; ${cost}`
  return [compare({ name, value: messages / seconds, unit: 'messages/s', peer: 'own SMTP accept', peerValue, goal: GOAL, note })]
}

async function accepted({ ports }: Installation, messages: number): Promise<number> {
  const connections = await openMany(Array.from({ length: CONNECTIONS }, () => ({ port: ports.smtp })))
  const mail: SmtpMail = { from: FROM, to: TO, data: benchMail() }
  await sendAll(connections, mail, WARM_UP)
  const seconds = await sendAll(connections, mail, messages)
  for (const connection of connections) connection[Symbol.dispose]()
  return messages / seconds
}

async function addRoute(installation: Installation, { url }: Receiver, postalSignatures: boolean): Promise<void> {
  const { db, manage, mailServerId, domainId } = installation
  const { id: endpointId } = await createHttpEndpoint(manage, { mailServerId, name: 'bench', url, postalSignatures })
  const own = () => ({ mailServerId, uuid: newUuid(manage.randomBytes), createdAt: manage.clock() })
  const route = {
    id: manage.newId(),
    domainId,
    name: 'inbox',
    token: 'benchinboxtoken1',
    mode: 'endpoint',
    endpointType: 'http',
    endpointId,
  } as const
  await db.insert(routes).values({ ...own(), ...route })
}
