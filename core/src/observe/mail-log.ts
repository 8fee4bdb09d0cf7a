/** The mail log: one function for each thing that happens to a mail. Ids are always there; bodies, keys and passwords never. */
import type { Logger } from './logger.ts'

export type AboutMessage = { readonly messageId: number; readonly mailServerId: number }
/** `dialogue` is the trace of an SMTP connection, or of an attempt to deliver: it ties the lines of one of them together. */
export type AboutDialogue = { readonly dialogue: string; readonly ipAddress: string }

type Accepted = AboutMessage & {
  readonly dialogue: string | null
  readonly rcptTo: string
  readonly mailFrom: string
  readonly size: number
  readonly scope: string
}
type Attempted = AboutMessage & {
  readonly dialogue: string | null
  readonly rcptTo: string
  readonly details: string
  readonly output: string
  readonly sentWithTls: boolean | null
  readonly ms: number | null
}
type Held = AboutMessage & { readonly rcptTo: string; readonly reason: string }
type Visited = AboutMessage & { readonly ipAddress: string; readonly userAgent: string | null }
type Hooked = {
  readonly webhookId: number
  readonly requestId: number
  readonly mailServerId: number
  readonly eventKind: string
  readonly attempt: number
}
type AuthFailed = AboutDialogue & { readonly reason?: 'invalid credential' | `no server found matching ${string}` }

export type MailLog = ReturnType<typeof createMailLog>

export function createMailLog(log: Logger) {
  return { ...messageLines(log), ...visitLines(log), ...webhookLines(log), ...smtpLines(log) }
}

const messageLines = (log: Logger) => ({
  messageAccepted: (facts: Accepted) => log.info({ event: 'message.accepted', ...facts }, 'Message accepted'),
  /** A bounce found the message that it is about. */
  messageBounced: (facts: AboutMessage & { bounceId: number; details: string }) =>
    log.info({ event: 'message.bounced', ...facts }, 'Message bounced'),
  deliverySent: (facts: Attempted) => log.info({ event: 'delivery.sent', ...facts }, 'Message sent'),
  deliveryDelayed: (facts: Attempted & { retryAt: Date; uncertain: boolean }) =>
    log.info({ event: 'delivery.delayed', ...facts }, 'Message delayed'),
  deliveryFailed: (facts: Attempted) => log.warn({ event: 'delivery.failed', ...facts }, 'Message failed'),
  deliveryHeld: (facts: Held) => log.info({ event: 'delivery.held', ...facts }, 'Message held'),
  holdCancelled: (facts: AboutMessage) => log.info({ event: 'delivery.hold_cancelled', ...facts }, 'Hold cancelled'),
  messageProcessed: (facts: AboutMessage & { details: string }) => log.info({ event: 'message.processed', ...facts }, 'Message processed'),
  /** A fault of ours while working on a message; it will be tried again. */
  deliveryErred: (facts: AboutMessage & { error: unknown }) => log.error({ event: 'delivery.error', ...facts }, 'Fault while delivering'),
  recipientSuppressed: (facts: AboutMessage & { rcptTo: string; reason: string }) =>
    log.info({ event: 'recipient.suppressed', ...facts }, 'Recipient suppressed'),
})

const visitLines = (log: Logger) => ({
  messageOpened: (facts: Visited) => log.info({ event: 'message.opened', ...facts }, 'Message opened'),
  messageClicked: (facts: Visited & { url: string }) => log.info({ event: 'message.clicked', ...facts }, 'Link clicked'),
  recipientUnsubscribed: (facts: Visited) => log.info({ event: 'recipient.unsubscribed', ...facts }, 'Recipient unsubscribed'),
  recipientComplained: (facts: AboutMessage & { rcptTo: string }) =>
    log.warn({ event: 'recipient.complained', ...facts }, 'Recipient complained'),
})

const webhookLines = (log: Logger) => ({
  webhookDelivered: (facts: Hooked & { status: number; ms: number }) =>
    log.info({ event: 'webhook.delivered', ...facts }, 'Webhook delivered'),
  webhookFailed: (facts: Hooked & { status: number | null; reason: string; retryAt: Date | null }) =>
    log.warn({ event: 'webhook.failed', ...facts }, 'Webhook failed'),
})

const smtpLines = (log: Logger) => ({
  smtpConnection: (facts: AboutDialogue) => log.info({ event: 'smtp.connection', ...facts }, `Connection opened from ${facts.ipAddress}`),
  smtpClosed: (facts: AboutDialogue & { messages: number }) => log.info({ event: 'smtp.closed', ...facts }, 'Connection closed'),
  smtpRefused: (facts: AboutDialogue & { command: string; reply: string }) =>
    log.info({ event: 'smtp.refused', ...facts }, 'Command refused'),
  /** The text is what fail2ban looks for; it stays as Postal has it, and is logged for every client. */
  smtpAuthFailed: ({ reason, ...facts }: AuthFailed) =>
    log.warn({ event: 'smtp.auth_failed', ...facts }, `Authentication failure for ${facts.ipAddress}${reason ? ` (${reason})` : ''}`),
})
