/** The errors of API v1: codes and texts that clients match on, to the letter. */

export const MESSAGES = {
  AccessDenied: 'Must be authenticated as a server.',
  InvalidServerAPIKey: 'The API token provided in X-Server-API-Key was not valid.',
  /** Comes without a text. */
  ServerSuspended: undefined,
  RateLimitExceeded: 'Too many calls have been made. Try again later.',
  IdempotencyKeyReused: 'This Idempotency-Key was used for another request within the last 24 hours.',
  ServiceUnavailable: 'The service is not available at present. Try again later.',
  InternalServerError: 'Something went wrong on our side.',
  MessageTooLarge: 'The message is larger than this server accepts',
  NoRecipients: 'There are no recipients defined to receive this message',
  TooManyToAddresses: 'The maximum number of To addresses has been reached (maximum 50)',
  TooManyCCAddresses: 'The maximum number of CC addresses has been reached (maximum 50)',
  TooManyBCCAddresses: 'The maximum number of BCC addresses has been reached (maximum 50)',
  NoContent: 'There is no content defined for this e-mail',
  FromAddressMissing: 'The From address is missing and is required',
  UnauthenticatedFromAddress: 'The From address is not authorised to send mail from this server',
  AttachmentMissingName: 'An attachment is missing a name',
  AttachmentMissingData: 'An attachment is missing data',
  MessageNotFound: 'No message found matching provided ID',
} as const

export type RefusalCode = keyof typeof MESSAGES
