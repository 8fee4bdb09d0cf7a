/** Turns refusals and faults into HTTP answers: every code of `domain/errors.ts` is mapped here, for API v1 and for all else. */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import { isAway } from '../store/faults.ts'

export type Mapped = {
  readonly status: ContentfulStatusCode
  /** The `title` of problem+json: what the code means, whatever the case. */
  readonly title: string
  /** The code in the envelope of API v1; null for a `parameter-error`, which has none. */
  readonly v1: string | null
}

const notFound = (title: string): Mapped => ({ status: 404, title, v1: 'NotFound' })
const taken = (title: string): Mapped => ({ status: 409, title, v1: 'Conflict' })

export const ANSWERS: Readonly<Record<ErrorCode, Mapped>> = {
  'input.invalid': { status: 422, title: 'A value is not valid', v1: null },
  'input.too_large': { status: 413, title: 'The request is too large', v1: 'MessageTooLarge' },
  'input.unsupported': { status: 415, title: 'The body is of a type that is not understood here', v1: null },
  'auth.required': { status: 401, title: 'Credentials are needed', v1: 'AccessDenied' },
  'auth.invalid': { status: 401, title: 'The credentials are not valid', v1: 'InvalidServerAPIKey' },
  'auth.forbidden': { status: 403, title: 'This is not permitted', v1: 'AccessDenied' },
  'auth.throttled': { status: 429, title: 'Too many attempts', v1: 'RateLimitExceeded' },
  'organization.not_found': notFound('There is no such organization'),
  'organization.taken': taken('This organization exists already'),
  'mail_server.not_found': notFound('There is no such mail server'),
  'mail_server.suspended': { status: 403, title: 'The mail server is suspended', v1: 'ServerSuspended' },
  'mail_server.taken': taken('This mail server exists already'),
  'domain.not_found': notFound('There is no such domain'),
  'domain.taken': taken('This domain exists already'),
  'domain.not_verified': { status: 409, title: 'The domain is not verified', v1: 'Conflict' },
  'domain.unproven': { status: 409, title: 'The domain could not be proven to be yours', v1: 'Conflict' },
  'credential.not_found': notFound('There is no such credential'),
  'credential.taken': taken('This credential exists already'),
  'endpoint.no_secret': { status: 409, title: 'The endpoint has no secret', v1: 'Conflict' },
  'webhook.not_found': notFound('There is no such webhook'),
  'relay.not_found': notFound('There is no such relay'),
  'ip_pool.not_found': notFound('There is no such IP pool'),
  'ip_pool.taken': taken('This IP pool exists already'),
  'ip_pool.in_use': { status: 409, title: 'The IP pool is in use', v1: 'Conflict' },
  'ip_address.not_found': notFound('There is no such address'),
  'ip_address.taken': taken('This address is in a pool already'),
  'ip_pool_rule.not_found': notFound('There is no such rule'),
  'user.not_found': notFound('There is no such user'),
  'user.taken': taken('This user exists already'),
  'membership.not_found': notFound('There is no such membership'),
  'session.not_found': notFound('There is no such session'),
  'message.not_found': { status: 404, title: 'There is no such message', v1: 'MessageNotFound' },
  'message.raw_removed': { status: 410, title: 'The raw mail is no longer kept', v1: 'MessageNotFound' },
  'route.not_found': notFound('There is no such route'),
  'route.taken': taken('This route exists already'),
  'endpoint.not_found': notFound('There is no such endpoint'),
  'endpoint.taken': taken('This endpoint exists already'),
  'tracking_domain.not_found': notFound('There is no such tracking domain'),
  'tracking_domain.taken': taken('This tracking domain exists already'),
  'sender.not_authorised': { status: 403, title: 'The sender is not authorised', v1: 'UnauthenticatedFromAddress' },
  'idempotency.conflict': { status: 409, title: 'The idempotency key was used for another request', v1: 'IdempotencyKeyReused' },
  'resource.not_found': notFound('There is nothing here'),
  'service.busy': { status: 503, title: 'Too much is being done at present', v1: 'ServiceUnavailable' },
  'store.unavailable': { status: 503, title: 'The service cannot store or read anything at present', v1: 'ServiceUnavailable' },
}

/** The refusal that a caller may see; undefined for a fault of ours. */
export function toRefusal(thrown: unknown): AppError | undefined {
  if (thrown instanceof AppError) return thrown
  if (isAway(thrown))
    return new AppError('store.unavailable', 'The service is not available at present. Try again later.', { cause: thrown })
  return undefined
}

/** How long to stay away when the store is, or when too much was asked. */
export const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  'service.busy': 5,
  'store.unavailable': 5,
  'auth.throttled': 60,
}

/** RFC 9457. A fault tells nothing but the id by which it can be found in the log. */
export function problem(c: Context, refusal: AppError | undefined, requestId: string): Response {
  if (!refusal) return answer(c, 500, { title: 'Something went wrong on our side', code: 'internal', request_id: requestId })
  const { status, title } = ANSWERS[refusal.code]
  const retryAfter = refusal.retryAfterSeconds ?? RETRY_AFTER_SECONDS[refusal.code]
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter))
  const field = refusal.field === undefined ? {} : { field: refusal.field }
  return answer(c, status, { title, detail: refusal.message, code: refusal.code, ...field, request_id: requestId })
}

function answer(c: Context, status: ContentfulStatusCode, details: Record<string, unknown>): Response {
  const body = JSON.stringify({ type: 'about:blank', status, ...details })
  return c.body(body, status, { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' })
}
