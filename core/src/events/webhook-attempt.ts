/** One request of a lane, from the post to the record: what the answer means for the receiver's health and for the request. */
import type { NewId } from '../domain/ids.ts'
import { holdsBack, nextTry } from '../domain/webhook-retry.ts'
import type { WebhookRequest } from '../store/webhook-requests.ts'
import type { WebhookAttempt } from '../store/webhook-results.ts'
import type { WebhookTarget } from '../store/webhook-targets.ts'
import type { KeptLane } from './lanes.ts'
import { type Posted, type Posting, postWebhook } from './webhook-post.ts'
import type { Results } from './webhook-results.ts'

export type WebhookLog = {
  readonly attempted: (request: WebhookRequest, posted: Posted, retryAt: Date | null) => void
  /** The owner should know. */
  readonly opened: (target: WebhookTarget, failuresInARow: number, openUntil: Date) => void
  readonly closed: (target: WebhookTarget) => void
  readonly recovered: (count: number) => void
}

export type Attempting = Posting & {
  readonly newId: NewId
  readonly random: () => number
  readonly results: Results
  readonly log: WebhookLog
  /** Hands claimed requests back. */
  readonly release: (requests: readonly WebhookRequest[]) => void
}

/**
 * Resolves when the result is on disk; only then may the next request of the same message follow. Those of others may as soon as
 * the receiver has answered: a slow disk does not keep a fast receiver waiting, and more results share a transaction.
 */
export async function attemptRequest(attempting: Attempting, kept: KeptLane, request: WebhookRequest, onAnswer: () => void): Promise<void> {
  const { lane, secrets } = kept
  const { url, postalSignatures } = lane.target()
  try {
    const posted = await postWebhook(attempting, request, { url, postalSignatures, secrets })
    const retryAt = posted.delivered ? succeed(attempting, kept, posted) : fail(attempting, kept, request, posted)
    const behind = retryAt && holdsBack(request.attempts + 1) ? lane.lines.breakLine(request) : []
    lane.lines.answered(request)
    onAnswer()
    attempting.log.attempted(request, posted, retryAt)
    await attempting.results.record({
      attempt: attemptOf(attempting.newId(), request, url, posted, retryAt !== null),
      delivered: posted.delivered,
      retryAt,
      signatures: posted.signatures,
      behind: behind.map((one) => one.id),
    })
  } catch (fault) {
    attempting.release(lane.lines.breakLine(request)) // it is found by `recoverRequests`; what follows it must not be there before
    throw fault
  } finally {
    lane.lines.settle(request)
  }
}

function succeed({ log }: Attempting, kept: KeptLane, posted: Posted): null {
  const { openUntil } = kept.lane.health()
  kept.lane.succeeded()
  kept.usedAt = posted.at
  if (openUntil) log.closed(kept.lane.target())
  return null
}

/** When it is tried again. */
function fail({ clock, random, log, release }: Attempting, { lane }: KeptLane, request: WebhookRequest, posted: Posted): Date | null {
  const chance = { now: clock(), random: random() }
  const was = lane.health()
  lane.failed({ ...chance, retryAfterMs: posted.retryAfterMs })
  const { failuresInARow, openUntil } = lane.health()
  if (openUntil && openUntil !== was.openUntil) {
    log.opened(lane.target(), failuresInARow, openUntil)
    release(giveUp(lane))
  }
  return nextTry({ attempts: request.attempts + 1, retryUntil: request.retryUntil, retryAfterMs: posted.retryAfterMs }, chance)
}

/** Lines are broken too: what is claimed from now on must not join one whose next request was just given back. */
function giveUp({ lines }: KeptLane['lane']): WebhookRequest[] {
  const behind = lines.requests().flatMap((request) => lines.breakLine(request))
  return [...behind, ...lines.drain()]
}

function attemptOf(id: number, request: WebhookRequest, url: string, posted: Posted, willRetry: boolean): WebhookAttempt {
  return {
    id,
    mailServerId: request.mailServerId,
    webhookId: request.webhookId,
    requestId: request.id,
    attempt: request.attempts + 1,
    url: withoutPassword(url),
    statusCode: posted.statusCode,
    ms: posted.ms,
    responseBody: posted.responseBody,
    requestHeaders: posted.requestHeaders,
    responseHeaders: posted.responseHeaders,
    willRetry,
    createdAt: posted.at,
  }
}

const withoutPassword = (url: string): string => url.replace(/^(https?:\/\/)[^/?#]*@/i, '$1')
