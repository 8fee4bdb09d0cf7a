/** `npm run bench`: measures each path as a ratio to a peer in the same run. `-- NAME… --json` chooses benches and prints an array. */
import { parseArgs } from 'node:util'
import { acceptBench, throughBench } from './mail-paths.ts'
import { postfixInstalled } from './postfix.ts'
import { type BenchResult, formatTable } from './result.ts'

const BENCHES: Readonly<Record<string, () => Promise<BenchResult>>> = { accept: acceptBench, through: throughBench }
const EXIT_USAGE = 64

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } }, allowPositionals: true })
  const unknown = positionals.filter((name) => !BENCHES[name])
  if (unknown.length > 0) return complain(`There is no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`)
  if (!(await postfixInstalled())) return complain('The peer is missing: apt-get install --no-install-recommends postfix')

  const results: BenchResult[] = []
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    process.stderr.write(`${name} …\n`)
    results.push(await bench())
  }
  process.stdout.write(values.json ? `${JSON.stringify(results, null, 2)}\n` : `${formatTable(results)}\n`)
  return 0
}

function complain(text: string): number {
  process.stderr.write(`${text}\n`)
  return EXIT_USAGE
}

process.exitCode = await main(process.argv.slice(2))
process.exit()
