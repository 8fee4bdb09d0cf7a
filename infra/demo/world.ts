/** The outside world of the demonstration: a name server, a receiving mail server that judges, a customer's webhook receiver. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeCertificate } from '@posthaste/test/support/certificate.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { startWebhookReceiver, type WebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'
import type { Ports } from './ports.ts'
import { baseZone, HOSTS, RECEIVER_DOMAIN } from './zone.ts'

export type World = AsyncDisposable & {
  readonly dns: DnsServer
  readonly receiver: Receiver
  readonly webhooks: WebhookReceiver
}

/** Who has a mailbox there; everybody else gets `550 5.1.1`. */
export const MAILBOXES = [`ana@${RECEIVER_DOMAIN}`, `ben@${RECEIVER_DOMAIN}`]

export async function startWorld(ports: Ports): Promise<World> {
  const parts = new AsyncDisposableStack()
  try {
    const dns = parts.use(await startDnsServer({ zone: baseZone, port: ports.dns }))
    const receiver = parts.use(
      await startReceiver({ name: `mx.${RECEIVER_DOMAIN}`, port: ports.mx, mailboxes: MAILBOXES, dns: dns.address }),
    )
    const webhooks = parts.use(await startWebhookReceiver({ port: ports.webhooks }))
    const kept = parts.move()
    return { dns, receiver, webhooks, [Symbol.asyncDispose]: () => kept.disposeAsync() }
  } catch (fault) {
    await parts.disposeAsync()
    throw fault
  }
}

export type TlsFiles = { readonly certificatePath: string; readonly keyPath: string }

/** A certificate of its own for the core's STARTTLS. */
export async function writeCertificate(dataDir: string): Promise<TlsFiles> {
  const { cert, key } = await makeCertificate({ names: [HOSTS.smtp, 'localhost'] })
  const files = { certificatePath: join(dataDir, 'smtp.cert'), keyPath: join(dataDir, 'smtp.key') }
  await writeFile(files.certificatePath, cert)
  await writeFile(files.keyPath, key, { mode: 0o600 })
  return files
}
