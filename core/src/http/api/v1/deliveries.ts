/** `messages/deliveries`: every attempt and decision about one message, oldest first. */
import { deliveriesOf } from '../../../store/messages.ts'
import type { ApiDeps, Call } from './call.ts'
import { type Answer, success } from './envelope.ts'
import { messageOf } from './message-id.ts'
import { STATUS_NAMES, textOrNull, unixSeconds } from './values.ts'

const TEXT_MAX = 250

export async function readDeliveries(call: Call, deps: ApiDeps): Promise<Answer> {
  const found = await messageOf(call, deps)
  if ('refusal' in found) return found.refusal
  const { message } = found
  const deliveries = await deliveriesOf(deps.db, message.mailServerId, message.id)
  return success(
    deliveries.map(({ id, status, details, output, sentWithTls, logId, ms, createdAt }) => ({
      id,
      status: STATUS_NAMES[status],
      details: details.slice(0, TEXT_MAX),
      output: textOrNull(output.trim().slice(0, TEXT_MAX)),
      // A client types it as a boolean that is always there
      sent_with_ssl: sentWithTls ?? false,
      log_id: logId,
      time: ms === null ? null : Math.round(ms / 10) / 100,
      timestamp: unixSeconds(createdAt),
    })),
  )
}
