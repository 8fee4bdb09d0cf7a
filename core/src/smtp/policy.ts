/** What a listener allows and how much of it: one policy per port, made from a kind and the operator's changes. */

export type Limits = {
  readonly connectionsMax: number
  readonly perAddressMax: number
  /** An IPv4 /24 or an IPv6 /48. */
  readonly perNetworkMax: number
  /** RFC 5321 §4.5.3.1.8 asks for at least 100. */
  readonly recipientsMax: { readonly authenticated: number; readonly others: number }
  readonly messagesMax: number
  /** Commands in a row that bring no mail. */
  readonly commandsMax: number
  readonly errorsMax: { readonly authenticated: number; readonly others: number }
  readonly authFailuresMax: number
  readonly messageBytesMax: number
  /** RFC 5321 §4.5.3.2.7 asks for at least five minutes. */
  readonly idleMs: number
  /** From the first byte of a command to its end. */
  readonly commandMs: number
  /** For the data of one message, before time for its size is added. */
  readonly dataMs: number
  readonly dataBytesPerSecondMin: number
  /** The same while others are asked to come later because mails that are coming in take all memory. */
  readonly whenShort: { readonly dataMs: number; readonly dataBytesPerSecondMin: number }
  readonly totalMs: number
  /** What we may take for an answer; beyond it the client is told to come again, and the connection ends. */
  readonly answerMs: number
}

export type Policy = {
  readonly auth: 'off' | 'offered' | 'required'
  /** AUTH is offered inside TLS only. */
  readonly authNeedsTls: boolean
  /** MAIL is accepted inside TLS only. */
  readonly mailNeedsTls: boolean
  readonly cramMd5: boolean
  /** `normalise` takes LF for a line's end from authenticated clients and in commands. A lone LF never ends the data. */
  readonly bareLineEndings: 'refuse' | 'normalise'
  /** Clients that talk before this has passed are refused; 0 is off. */
  readonly greetingDelayMs: number
  readonly limits: Limits
}

/** `postal` behaves as Postal's single port did: everybody, AUTH offered, in clear too. */
export type ListenerKind = 'postal' | 'mx' | 'submission' | 'submissions'

const MIB = 1_048_576
const MINUTE = 60_000

const DEFAULT_LIMITS: Limits = {
  connectionsMax: 1_000,
  perAddressMax: 250,
  perNetworkMax: 500,
  recipientsMax: { authenticated: 1_000, others: 100 },
  messagesMax: 100_000,
  commandsMax: 200,
  errorsMax: { authenticated: 200, others: 20 },
  authFailuresMax: 3,
  messageBytesMax: 14 * MIB,
  idleMs: 5 * MINUTE,
  commandMs: MINUTE,
  dataMs: 10 * MINUTE,
  dataBytesPerSecondMin: 1_024,
  whenShort: { dataMs: 10_000, dataBytesPerSecondMin: 65_536 },
  totalMs: 24 * 60 * MINUTE,
  answerMs: MINUTE,
}

const BASE: Omit<Policy, 'auth' | 'authNeedsTls' | 'mailNeedsTls' | 'bareLineEndings'> = {
  cramMd5: true,
  greetingDelayMs: 0,
  limits: DEFAULT_LIMITS,
}

const KINDS: Record<ListenerKind, Policy> = {
  postal: { ...BASE, auth: 'offered', authNeedsTls: false, mailNeedsTls: false, bareLineEndings: 'normalise' },
  mx: { ...BASE, auth: 'off', authNeedsTls: true, mailNeedsTls: false, bareLineEndings: 'refuse' },
  submission: { ...BASE, auth: 'required', authNeedsTls: true, mailNeedsTls: true, bareLineEndings: 'refuse' },
  submissions: { ...BASE, auth: 'required', authNeedsTls: true, mailNeedsTls: true, bareLineEndings: 'refuse' },
}

export type PolicyChanges = Partial<Omit<Policy, 'limits'>> & { readonly limits?: Partial<Limits> }

export const policyFor = (kind: ListenerKind, { limits, ...changes }: PolicyChanges = {}): Policy => ({
  ...KINDS[kind],
  ...changes,
  limits: { ...KINDS[kind].limits, ...limits },
})
