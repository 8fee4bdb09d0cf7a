/** The outside world of the demonstration: a name server, a receiving mail server that judges, a customer's webhook receiver. */
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import type { Ports } from '@posthaste/test/support/installation/ports.ts'
import { baseZone, RECEIVER_DOMAIN } from '@posthaste/test/support/installation/zone.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { startWebhookReceiver, type WebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'

export type World = AsyncDisposable & {
  readonly dns: DnsServer
  readonly receiver: Receiver
  readonly webhooks: WebhookReceiver
}

/** Who has a mailbox there; everybody else gets `550 5.1.1`. */
const MAILBOXES = [`ana@${RECEIVER_DOMAIN}`, `ben@${RECEIVER_DOMAIN}`]

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
