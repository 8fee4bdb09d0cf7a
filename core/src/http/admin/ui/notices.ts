/** What a page says after something was done. Only the code travels in a cookie, so that nobody can put words into our mouth. */
const NOTICES = {
  'block.lifted': 'Lifted. Whoever was refused may try again.',
  'block.over': 'That block had ended already.',
  'session.ended': 'You are signed out.',
  'message.release': 'Released. It is in the queue and goes out at once.',
  'message.redeliver': 'Queued to be delivered again.',
  'message.retry_now': 'The next attempt begins at once.',
  'message.hold': 'Held. It is out of the queue.',
  'message.cancel_hold': 'Hold cancelled. It will not be sent.',
  'message.withdraw': 'Taken out of the queue.',
  'messages.release': 'Released. They are in the queue and go out at once.',
  'messages.cancel_hold': 'Holds cancelled. They will not be sent.',
  'messages.some_refused': 'Done where it was still possible. Some had changed meanwhile, or their content is no longer stored.',
  'domain.created': 'Domain added. Publish the records below, then check them.',
  'domain.verified': 'The domain is verified. Now publish the remaining records.',
  'domain.checked': 'The records were looked up just now.',
  'domain.deleted': 'Domain removed, with its routes and tracking domains.',
  'credential.revoked': 'Credential revoked. Nobody can send with it any more.',
  'credential.updated': 'Credential saved.',
  'suppression.added': 'Suppressed. Mail to this address is held from now on.',
  'suppression.removed': 'Removed. The address may be mailed again; what is held stays held until it is released.',
  'suppression.over': 'That address was not on the list any more.',
  'webhook.created': 'Webhook added.',
  'webhook.updated': 'Webhook saved.',
  'webhook.replayed': 'It is sent again, with the same bytes.',
  'webhook.deleted': 'Webhook removed. What was on its way to it is dropped.',
  'tracking_domain.created': 'Tracking domain added.',
  'tracking_domain.checked': 'The tracking domain was looked up just now.',
  'tracking_domain.deleted': 'Tracking domain removed.',
} as const

export type NoticeCode = keyof typeof NOTICES

export const isNoticeCode = (value: string): value is NoticeCode => Object.hasOwn(NOTICES, value)

export const noticeText = (code: NoticeCode): string => NOTICES[code]
