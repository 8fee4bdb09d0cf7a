/** What was said on an SMTP connection, bounded: how it began, and the message that is under way. The mail itself is never in it. */

export type Transcript = {
  /** For nodemailer, which names passwords only as secrets. */
  readonly logger: TranscriptLogger
  /** Forgets the message before. */
  readonly nextMessage: () => void
  readonly text: () => string
}

type Said = { readonly tnx?: string }
type TranscriptLogger = Readonly<Record<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', (said: Said, text: string) => void>>

const OPENING_CHARACTERS_MAX = 4_000
const MESSAGE_CHARACTERS_MAX = 8_000

export function createTranscript(): Transcript {
  const opening: string[] = []
  let message: string[] | undefined
  let room = OPENING_CHARACTERS_MAX
  const note = ({ tnx }: Said, text: string): void => {
    if ((tnx !== 'client' && tnx !== 'server') || room <= 0) return
    const line = `${tnx === 'client' ? '>' : '<'} ${text}`.slice(0, room)
    room -= line.length
    if (message) message.push(line)
    else opening.push(line)
  }
  const silent = (): void => undefined
  return {
    logger: { trace: silent, debug: note, info: silent, warn: silent, error: silent, fatal: silent },
    nextMessage: () => {
      message = []
      room = MESSAGE_CHARACTERS_MAX
    },
    text: () => [...opening, ...(message ?? [])].join('\n'),
  }
}
