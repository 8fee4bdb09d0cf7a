/** What a command is: its words, its options, the schema of its input, and what it does. */
import type { z } from 'zod'
import type { Io } from './io.ts'
import type { Cli } from './open.ts'

export type Answer = {
  /** The one document that `--json` prints. Dates become ISO 8601. */
  readonly json: unknown
  /** The same for people. */
  readonly lines: readonly string[]
}

export type Context = {
  /** Connects at the first call; whoever runs the command closes it. */
  readonly open: () => Promise<Cli>
  /** Undefined with `--json` and where nobody sits. */
  readonly ask: Io['ask']
  readonly clock: () => Date
  readonly version: string
}

type Words = {
  /** Group and verb with the arguments, as in `org create <name>`. */
  readonly words: string
  readonly about: string
  /** Flags as commander writes them, each with its meaning. */
  readonly options?: readonly (readonly [flags: string, meaning: string])[]
  /** Postal's name for the same. */
  readonly alias?: string
}

export type Command = Words & { readonly run: (context: Context, given: Readonly<{ [name: string]: unknown }>) => Promise<Answer> }

/** Arguments and options arrive together, by name in camel case; what the schema refuses is a mistake of usage. */
export function command<S extends z.ZodType>(
  definition: Words & { readonly input: S; readonly run: (context: Context, input: z.output<S>) => Promise<Answer> },
): Command {
  const { input, run, ...words } = definition
  return { ...words, run: (context, given) => run(context, input.parse(given)) }
}
