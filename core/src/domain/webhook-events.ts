/** Events by the names that webhook receivers know. The first ten are Postal's. */

/** What a webhook with all events gets. New names do not join, so that old receivers are not surprised. */
export const POSTAL_WEBHOOK_EVENTS = [
  'MessageSent',
  'MessageDelayed',
  'MessageDeliveryFailed',
  'MessageHeld',
  'MessageBounced',
  'MessageLinkClicked',
  'MessageLoaded',
  'DomainDNSError',
  'SendLimitApproaching',
  'SendLimitExceeded',
] as const

/** What a webhook gets only when it asks for it by name. */
const ADDED_WEBHOOK_EVENTS = ['MessageComplained', 'MessageUnsubscribed', 'MessageHoldCancelled', 'DomainDNSRecovered'] as const

export const WEBHOOK_EVENTS = [...POSTAL_WEBHOOK_EVENTS, ...ADDED_WEBHOOK_EVENTS] as const
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]

export const isWebhookEvent = (name: string): name is WebhookEvent => WEBHOOK_EVENTS.some((known) => known === name)
