/** `npm run bench`: measures each path as a ratio to a peer or limit in the same run. `-- NAME… --json` chooses benches and prints an array. */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type BenchOptions, BenchUnavailable } from './bench.ts'
import { BENCHES } from './catalogue.ts'
import { postfixInstalled } from './postfix.ts'
import { type BenchResult, formatTable } from './result.ts'

const EXIT_USAGE = 64
const EXIT_UNAVAILABLE = 69
const EXIT_FAULT = 70

const USAGE = `usage: npm run bench -- [NAME…] [--json] [--large] [--scale 0.1] [--profile FOLDER]
  --large    with millions of rows, where a goal speaks of them: takes long
  --scale    so much of every count; results below 1 only show that a bench works
  --profile  every role leaves a CPU profile there (docs/performance.md)
benches: ${Object.keys(BENCHES).join(', ')}`

async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args)
  if (!asked) return complain(USAGE, EXIT_USAGE)
  if (!(await postfixInstalled())) {
    return complain('The peer and load generator is missing: apt-get install --no-install-recommends postfix', EXIT_UNAVAILABLE)
  }

  const results: BenchResult[] = []
  let worst = 0
  for (const name of asked.names) {
    process.stderr.write(`${name} … (load average ${loadavg()[0]?.toFixed(1)})\n`)
    const exit = await measure(name, asked.options, results)
    if (exit === EXIT_FAULT || asked.byName) worst = Math.max(worst, exit)
  }
  process.stdout.write(asked.json ? `${JSON.stringify(results, null, 2)}\n` : `${formatTable(results)}\n`)
  return worst
}

type Asked = { readonly names: readonly string[]; readonly byName: boolean; readonly json: boolean; readonly options: BenchOptions }

function readArguments(args: readonly string[]): Asked | undefined {
  const { values, positionals } = parse(args) ?? {}
  const scale = Number(values?.scale ?? 1)
  const known = positionals?.every((name) => Object.hasOwn(BENCHES, name))
  if (!values || !positionals || !known || !(scale > 0 && scale <= 1)) return undefined
  const byName = positionals.length > 0
  const options = { scale, large: values.large ?? false, profileDir: values.profile ?? null }
  return { names: byName ? positionals : Object.keys(BENCHES), byName, json: values.json ?? false, options }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' }, large: { type: 'boolean' }, scale: { type: 'string' }, profile: { type: 'string' } },
      allowPositionals: true,
    })
  } catch {
    return undefined // an unknown option
  }
}

/** One bench that fails does not take the figures of the others along. */
async function measure(name: string, options: BenchOptions, results: BenchResult[]): Promise<number> {
  try {
    results.push(...((await BENCHES[name]?.(options)) ?? []))
    return 0
  } catch (fault) {
    if (fault instanceof BenchUnavailable) return complain(`${name} cannot run here: ${fault.message}`, EXIT_UNAVAILABLE)
    return complain(`${name} failed: ${fault instanceof Error ? fault.stack : String(fault)}`, EXIT_FAULT)
  }
}

function complain(text: string, exit: number): number {
  process.stderr.write(`${text}\n`)
  return exit
}

process.exitCode = await main(process.argv.slice(2))
process.exit()
