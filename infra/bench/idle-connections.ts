/** Memory of the smtp role with thousands of connections that do nothing and a thousand that send. */
import { createCredential } from '@posthaste/core/manage/credentials.ts'
import { type Bench, scaled } from './bench.ts'
import { benchMail, FROM, TO } from './mail.ts'
import { openBench } from './open.ts'
import { compareLess } from './result.ts'
import { openMany, type SmtpPlace, sendAll } from './smtp-load.ts'
import { peakMegabytes, residentMegabytes } from './usage.ts'

const IDLE = 5_000
const ACTIVE = 1_000
const MAILS_EACH = 10
const LIMIT_MB = 500
/** Below what one address and one network may have. */
const PER_NETWORK = 200

export const idleConnectionsBench: Bench = async (options) => {
  await using installation = await openBench(options, { POSTHASTE_SMTP_CONNECTIONS_MAX: String(IDLE + ACTIVE + 100) })
  const { manage, mailServerId, ports } = installation
  await createCredential(manage, { mailServerId, type: 'smtp_ip', name: 'loopback', network: '127.0.0.0/8' })
  const { pid } = await installation.start('smtp')
  const empty = await residentMegabytes(pid)
  const idle = await openMany(placesFrom(1, scaled(IDLE, options), ports.smtp))
  const withIdle = await residentMegabytes(pid)
  const active = await openMany(placesFrom(101, scaled(ACTIVE, options), ports.smtp))
  const mail = { from: FROM, to: TO, data: benchMail() }
  const value = await peakMegabytes([pid], () => sendAll(active, mail, active.length * MAILS_EACH))
  for (const connection of [...idle, ...active]) connection[Symbol.dispose]()
  const note =
    `peak RSS of the smtp role with ${idle.length} idle and ${active.length} sending; the peer is the limit, the ratio limit ÷ ours. ` +
    `${Math.round(empty)} MB before, ${Math.round(withIdle)} MB with the idle ones; without TLS`
  return [compareLess({ name: 'idle-connections', value, unit: 'MB', peer: 'limit', peerValue: LIMIT_MB, goal: 1, note })]
}

/** Connections from one network after the other. */
const placesFrom = (network: number, count: number, port: number): SmtpPlace[] =>
  Array.from({ length: count }, (_, n) => ({ port, localAddress: `127.0.${network + Math.floor(n / PER_NETWORK)}.1` }))
