/** What a log may show of a fault: its kind, its first words and where it arose, but not the values that were at hand. */

export type DescribedFault = {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: DescribedFault
}

const MESSAGE_MAX = 500
const CAUSES_MAX = 5

/**
 * Faults of the database carry the statement and its parameters, that is mails and keys, in fields and after the first line of
 * their message. So only the first line is kept, and no field but the code.
 */
export function describeFault(fault: unknown, causesMax = CAUSES_MAX): DescribedFault {
  if (!(fault instanceof Error)) return { type: typeof fault, message: firstLine(String(fault)) }
  const code = 'code' in fault && (typeof fault.code === 'string' || typeof fault.code === 'number') ? { code: String(fault.code) } : {}
  const cause = fault.cause !== undefined && causesMax > 0 ? { cause: describeFault(fault.cause, causesMax - 1) } : {}
  return { type: fault.name, message: firstLine(fault.message), ...code, stack: framesOf(fault), ...cause }
}

const firstLine = (text: string) => (text.split('\n', 1)[0] ?? '').slice(0, MESSAGE_MAX)

/** The stack begins with the whole message, so that its frames are picked out. */
const framesOf = ({ stack = '' }: Error) =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
