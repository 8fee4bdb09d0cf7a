/** The mail log's line for a recorded delivery. */
import type { Message } from '../domain/message.ts'
import type { MailLog } from '../observe/mail-log.ts'
import type { Result } from '../store/results.ts'

export function logResult(log: MailLog, message: Message, result: Result): void {
  const { messageId, mailServerId, details, output, sentWithTls, ms } = result
  const about = { messageId, mailServerId }
  const attempted = { ...about, dialogue: result.logId, rcptTo: message.rcptTo, details, output, sentWithTls, ms }
  const { dueAt: retryAt = result.at, uncertain = false } = result.postponement ?? {}
  const lines: Partial<Record<Result['status'], () => void>> = {
    sent: () => log.deliverySent(attempted),
    soft_failed: () => log.deliveryDelayed({ ...attempted, retryAt, uncertain }),
    hard_failed: () => log.deliveryFailed(attempted),
    held: () => log.deliveryHeld({ ...about, rcptTo: message.rcptTo, reason: details }),
    processed: () => log.messageProcessed({ ...about, details }),
    hold_cancelled: () => log.holdCancelled(about),
  }
  lines[result.status]?.()
  if (result.suppression) log.recipientSuppressed({ ...about, rcptTo: message.rcptTo, reason: result.suppression.reason })
}
