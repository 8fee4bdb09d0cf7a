#!/usr/bin/env node
/** The command line: `posthaste <command>`. The only place below `cli` that knows the real clock and process. */
import { readFileSync } from 'node:fs'
import { terminal } from './io.ts'
import { openCli } from './open.ts'
import { run } from './run.ts'

const clock = (): Date => new Date()
const io = terminal()
const json = process.argv.includes('--json')

const code = await run(process.argv.slice(2), {
  io,
  open: () => openCli({ clock, tell: json ? () => undefined : (line) => io.err(`posthaste: ${line}\n`) }),
  clock,
  version: versionOf(new URL('../../package.json', import.meta.url)),
})
// A private server that others have come to lean on goes on running; this process must not wait for its end.
process.exit(code)

/** Of the package, two folders above this file in the tree as in the bundle. */
function versionOf(file: URL): string {
  const { version }: { version?: unknown } = JSON.parse(readFileSync(file, 'utf8'))
  return String(version)
}
