/** Runs one command line: understands it, runs its command, prints the answer or why there is none, and says how to exit. */
import { CommanderError, Command as Program } from 'commander'
import { ZodError } from 'zod'
import { AppError } from '../domain/errors.ts'
import type { Answer, Command, Context } from './command.ts'
import { COMMANDS } from './commands.ts'
import type { Io } from './io.ts'
import type { Cli } from './open.ts'
import { UsageError } from './usage.ts'

export const EXIT = { done: 0, refused: 1, usage: 2, fault: 70 } as const

export type RunOptions = { readonly io: Io; readonly open: () => Promise<Cli>; readonly clock: () => Date; readonly version: string }

/** @param args what follows the name of the program */
export async function run(args: readonly string[], options: RunOptions): Promise<number> {
  const json = args.includes('--json')
  try {
    await program(options, json).parseAsync([...args], { from: 'user' })
    return EXIT.done
  } catch (fault) {
    return explain(fault, json, options.io)
  }
}

/** Commander's own texts are for people; with `--json` its errors are told by `explain`. */
function program(options: RunOptions, json: boolean): Program {
  const root = new Program('posthaste')
    .description('Manage this Posthaste installation.')
    .version(options.version, '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: options.io.out, writeErr: json ? () => undefined : options.io.err })
  for (const definition of COMMANDS) {
    add(root, definition, definition.words, options, json)
    if (definition.alias) add(root, definition, definition.alias, options, json)
  }
  return root
}

function add(root: Program, definition: Command, words: string, options: RunOptions, json: boolean): void {
  const [, path = '', inputs = ''] = /^([a-z -]+?)((?: [<[].*)?)$/.exec(words) ?? []
  const names = path.split(' ')
  const parent = names.slice(0, -1).reduce(group, root)
  const leaf = parent.command(`${names.at(-1)}${inputs}`).description(definition.about)
  for (const [flags, meaning] of definition.options ?? []) leaf.option(flags, meaning)
  leaf.option('--json', 'answer with one JSON document')
  leaf.action(async (...given: unknown[]) => {
    const inputs = leaf.registeredArguments.map((argument, index) => [camelCase(argument.name()), given[index]] as const)
    const answer = await withOpen(options, json, (context) => definition.run(context, { ...leaf.opts(), ...Object.fromEntries(inputs) }))
    options.io.out(json ? `${JSON.stringify(answer.json, null, 2)}\n` : answer.lines.map((line) => `${line}\n`).join(''))
  })
}

const camelCase = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

const GROUPS: Readonly<{ [name: string]: string }> = {
  org: 'organizations, the tenants',
  server: 'mail servers of an organization',
  domain: 'domains that mail is sent from',
  credential: 'what senders prove themselves with',
  'tracking-domain': 'hosts that tracked links point to',
  suppression: 'addresses that must not be mailed',
  webhook: 'addresses that are told about events',
  user: 'people who sign in',
  'ip-pool': 'groups of our addresses that mail leaves from',
  'ip-address': 'the addresses of IP pools',
  'warm-up': 'making a new address known, little by little',
  'ip-pool-rule': 'which mail leaves from which IP pool, by sender and recipient',
  relay: 'other hosts that mail goes through',
  limit: 'temporary limits of sites that their replies brought about',
  explain: 'why mail stands as it does',
  key: 'keys of the installation',
  audit: 'who changed what',
}

const group = (parent: Program, name: string): Program =>
  parent.commands.find((known) => known.name() === name) ?? parent.command(name).description(GROUPS[name] ?? name)

async function withOpen(
  { open, io, clock, version }: RunOptions,
  json: boolean,
  work: (context: Context) => Promise<Answer>,
): Promise<Answer> {
  let opened: Promise<Cli> | undefined
  const context = {
    open: () => {
      opened ??= open()
      return opened
    },
    ask: json ? undefined : io.ask,
    clock,
    version,
  }
  try {
    return await work(context)
  } finally {
    await (await opened?.catch(() => undefined))?.[Symbol.asyncDispose]()
  }
}

type Told = { readonly exit: number; readonly code: string; readonly message: string; readonly field?: string | undefined }

function explain(fault: unknown, json: boolean, io: Io): number {
  if (fault instanceof CommanderError && fault.exitCode === 0) return EXIT.done // help and version
  const told = tell(fault)
  if (json) io.err(`${JSON.stringify({ error: { code: told.code, message: told.message, field: told.field ?? null } })}\n`)
  else if (!(fault instanceof CommanderError)) io.err(`posthaste: ${told.message}\n`) // commander has said it already
  return told.exit
}

function tell(fault: unknown): Told {
  if (fault instanceof AppError) return { exit: EXIT.refused, code: fault.code, message: fault.message, field: fault.field }
  if (fault instanceof UsageError) return { exit: EXIT.usage, code: 'usage', message: fault.message, field: fault.field }
  if (fault instanceof CommanderError) return { exit: EXIT.usage, code: 'usage', message: fault.message.replace(/^error: /, '') }
  if (fault instanceof ZodError) return usageOf(fault)
  return { exit: EXIT.fault, code: 'fault', message: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) }
}

function usageOf({ issues }: ZodError): Told {
  const [first] = issues
  const field = first?.path.join('.') ?? ''
  return { exit: EXIT.usage, code: 'usage', message: `${field}: ${first?.message ?? 'not understood'}`, field }
}
