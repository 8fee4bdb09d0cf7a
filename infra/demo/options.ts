/** What the demonstration was asked: `--once`, `--json`, `--data DIR`. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export type Options = {
  /** Leave after the summary, with 0 or 1. */
  readonly once: boolean
  /** Print the summary as one JSON object on standard output, and nothing else there. */
  readonly json: boolean
  readonly dataDir: string
}

const DATA_DEFAULT = '.data/demo'

/** @throws TypeError naming an unknown option. */
export function parseOptions(args: readonly string[], cwd: string): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { once: { type: 'boolean' }, json: { type: 'boolean' }, data: { type: 'string' } },
  })
  return { once: values.once ?? false, json: values.json ?? false, dataDir: resolve(cwd, values.data ?? DATA_DEFAULT) }
}
