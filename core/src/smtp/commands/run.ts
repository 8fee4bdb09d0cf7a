/** The table of commands: verb, handler. Everything else is no command. */
import { isHttp, parseCommandLine } from '../command-line.ts'
import type { Dialogue } from '../dialogue.ts'
import { reply } from '../replies.ts'
import type { Services } from '../services.ts'
import { refuse, type Verdict } from '../verdict.ts'
import { auth } from './auth.ts'
import { data } from './data.ts'
import { ehlo, helo } from './greet.ts'
import { mailFrom } from './mail-from.ts'
import { rcptTo } from './rcpt-to.ts'
import { noop, quit, rset } from './session.ts'
import { startTls } from './starttls.ts'

type Command = {
  readonly run: (dialogue: Dialogue, argument: string, services: Services) => Verdict | Promise<Verdict>
  /** The name under which Postal counts it; AUTH is counted by mechanism. */
  readonly metric?: string
}

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    EHLO: { run: ehlo, metric: 'EHLO' },
    HELO: { run: helo, metric: 'HELO' },
    STARTTLS: { run: startTls, metric: 'STARTLS' }, // so spelled by Postal
    AUTH: { run: auth },
    MAIL: { run: mailFrom },
    RCPT: { run: rcptTo },
    DATA: { run: data },
    RSET: { run: rset, metric: 'RSET' },
    NOOP: { run: noop },
    QUIT: { run: quit },
  } satisfies Record<string, Command>),
)

export function runCommand(dialogue: Dialogue, line: string, services: Services): Verdict | Promise<Verdict> {
  const { verb, argument } = parseCommandLine(line)
  const command = COMMANDS.get(verb)
  if (!command) {
    return isHttp(line) ? { ...refuse(reply.httpSpoken, 'http'), next: 'close' } : refuse(reply.unknownCommand, 'invalid-command')
  }
  if (command.metric) services.metrics.smtp.commands.inc({ command: command.metric })
  return command.run(dialogue, argument, services)
}
