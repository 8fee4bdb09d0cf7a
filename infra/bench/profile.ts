/** Prints where CPU profiles say that time went: `node infra/bench/profile.ts FILE.cpuprofile… [--top 30]`, by function and by package or folder. */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { createPlaces, type Places } from './profile-places.ts'

/** The parts of V8's format that count here. Times are in microseconds. */
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}
type CallFrame = { readonly functionName: string; readonly url: string; readonly lineNumber: number; readonly columnNumber: number }

type Spent = { readonly functions: Map<string, number>; readonly parts: Map<string, number>; readonly busyMs: number }

const TOP = '30'
/** Not work: waiting for it. */
const IDLE = ['(idle)', '(root)']

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: { top: { type: 'string', default: TOP } }, allowPositionals: true })
  if (positionals.length === 0) {
    process.stderr.write('usage: node infra/bench/profile.ts FILE.cpuprofile… [--top 30]\n')
    return 64
  }
  const places = createPlaces()
  for (const file of positionals) {
    const profile: Profile = JSON.parse(await readFile(file, 'utf8')) // as --cpu-prof writes it
    process.stdout.write(`${file}\n${describe(await spentIn(profile, places), Number(values.top))}\n`)
  }
  return 0
}

/** Self time: what a function did itself, not what it called. */
async function spentIn({ nodes, samples, timeDeltas }: Profile, places: Places): Promise<Spent> {
  const byNode = new Map<number, number>()
  samples.forEach((id, n) => {
    byNode.set(id, (byNode.get(id) ?? 0) + (timeDeltas[n] ?? 0) / 1000)
  })
  const functions = new Map<string, number>()
  const parts = new Map<string, number>()
  let busyMs = 0
  for (const { id, callFrame } of nodes) {
    const ms = byNode.get(id) ?? 0
    if (ms === 0 || IDLE.includes(callFrame.functionName)) continue
    const { place, part } = await places(callFrame)
    const name = `${callFrame.functionName || '(anonymous)'}  ${place}`
    functions.set(name, (functions.get(name) ?? 0) + ms)
    parts.set(part, (parts.get(part) ?? 0) + ms)
    busyMs += ms
  }
  return { functions, parts, busyMs }
}

const describe = ({ functions, parts, busyMs }: Spent, top: number): string =>
  [`busy ${Math.round(busyMs)} ms`, '', ...table(functions, busyMs, top), '', ...table(parts, busyMs, top), ''].join('\n')

const table = (spent: ReadonlyMap<string, number>, busyMs: number, top: number): string[] =>
  [...spent]
    .sort(([, a], [, b]) => b - a)
    .slice(0, top)
    .map(([name, ms]) => `${((ms * 100) / busyMs).toFixed(1).padStart(6)} %  ${name}`)

process.exitCode = await main(process.argv.slice(2))
