/** What a scripted receiver does at each stage of a dialogue: good manners unless the script says otherwise. */

/** `connect` is the greeting, `data` the command, `content` the final dot. */
export type Stage =
  | 'connect'
  | 'helo'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'content'
  | 'rset'
  | 'noop'
  | 'quit'
  | 'other'

export type Step = {
  readonly stage: Stage
  /** The command as it came; the first line of the greeting is empty. */
  readonly line: string
  /** Counted from 1. */
  readonly connection: number
  /** The how-manieth message on this connection, counted from 1. */
  readonly message: number
  /** As accepted so far. */
  readonly mailFrom: string | undefined
  readonly rcptTo: readonly string[]
  readonly tls: boolean
}

/** What happens, in the order of these fields. All are optional: `{}` means that nothing is said at all. */
export type Turn = {
  /** Waits before anything else; `Infinity` for ever. */
  readonly stallMs?: number
  /** Lines of one reply, `['250-a', '250 b']`; a string is one line. */
  readonly reply?: string | readonly string[]
  /** Sent as it stands, for instance half a line. */
  readonly raw?: string
  /** In place of a TLS handshake, after the reply to STARTTLS. */
  readonly breakTls?: boolean
  /** Ends the connection: politely (FIN) or not (RST). */
  readonly ending?: 'close' | 'reset'
  /** Resets the connection as soon as that many more bytes have come from the client, in whatever stage that is. */
  readonly resetAfterBytes?: number
}

/** A string or a list is a reply and nothing else. */
export type Action = string | readonly string[] | Turn
export type Script = { readonly [stage in Stage]?: Action | ((step: Step) => Action | undefined) }

export function turnFor(script: Script, step: Step, features: readonly string[]): Turn {
  const scripted = script[step.stage]
  const action = typeof scripted === 'function' ? scripted(step) : scripted
  if (action === undefined) return { reply: politeReply(step, features), ...(step.stage === 'quit' ? { ending: 'close' } : {}) }
  return typeof action === 'string' || isList(action) ? { reply: action } : action
}

export function stageOf(line: string): Stage {
  const verb = line.trim().split(/[\s:]/)[0]?.toLowerCase() ?? ''
  const known: Stage[] = ['helo', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'rset', 'noop', 'quit']
  return known.find((stage) => stage === verb) ?? 'other'
}

const isList = (action: Action): action is readonly string[] => Array.isArray(action)

function politeReply({ stage, tls, mailFrom, rcptTo }: Step, features: readonly string[]): string | string[] {
  switch (stage) {
    case 'connect':
      return '220 scripted.test ESMTP'
    case 'ehlo':
      return lines(250, ['scripted.test', ...features.filter((feature) => !(tls && feature === 'STARTTLS'))])
    case 'starttls':
      return features.includes('STARTTLS') && !tls ? '220 2.0.0 go ahead' : '502 5.5.1 not here'
    case 'auth':
      return features.some((feature) => feature.startsWith('AUTH ')) ? '235 2.7.0 welcome' : '502 5.5.1 not here'
    case 'rcpt':
      return mailFrom === undefined ? '503 5.5.1 MAIL first' : '250 2.1.5 ok'
    case 'data':
      return rcptTo.length === 0 ? '554 5.5.1 no valid recipients' : '354 go ahead' // RFC 2920 §3.1: a client may not know yet
    case 'content':
      return '250 2.0.0 kept'
    case 'quit':
      return '221 2.0.0 bye'
    case 'other':
      return '500 5.5.2 what?'
    default:
      return '250 2.0.0 ok'
  }
}

/** RFC 5321 §4.2.1: a hyphen after the code on all lines but the last. */
export function lines(code: number, texts: readonly string[]): string[] {
  return texts.map((text, n) => `${code}${n < texts.length - 1 ? '-' : ' '}${text}`)
}
