/** The refusals that a caller may see, each by a stable code; `http/errors.ts` and `smtp/replies.ts` map every one of them. */

export type ErrorCode =
  | 'input.invalid'
  | 'input.too_large'
  | 'input.unsupported'
  | 'auth.required'
  | 'auth.invalid'
  | 'auth.forbidden'
  | 'auth.throttled'
  | 'organization.not_found'
  | 'organization.taken'
  | 'mail_server.not_found'
  | 'mail_server.suspended'
  | 'mail_server.taken'
  | 'domain.not_found'
  | 'domain.taken'
  | 'domain.not_verified'
  | 'domain.unproven'
  | 'credential.not_found'
  | 'credential.taken'
  | 'webhook.not_found'
  | 'user.not_found'
  | 'user.taken'
  | 'membership.not_found'
  | 'session.not_found'
  | 'message.not_found'
  | 'message.raw_removed'
  | 'route.not_found'
  | 'route.taken'
  | 'endpoint.no_secret'
  | 'endpoint.not_found'
  | 'endpoint.taken'
  | 'relay.not_found'
  | 'ip_pool.not_found'
  | 'ip_pool.taken'
  | 'ip_pool.in_use'
  | 'ip_address.not_found'
  | 'ip_address.taken'
  | 'ip_pool_rule.not_found'
  | 'tracking_domain.not_found'
  | 'tracking_domain.taken'
  | 'sender.not_authorised'
  | 'idempotency.conflict'
  | 'resource.not_found'
  | 'service.busy'
  | 'store.unavailable'

/** A refusal: the caller did or asked something that we explain. Everything else that is thrown is a fault of ours. */
export class AppError extends Error {
  readonly code: ErrorCode
  /** The input field at fault, as the caller spells it. */
  readonly field: string | undefined
  /** When it is known better than by the code alone. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, options: { field?: string; retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.field = options.field
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
