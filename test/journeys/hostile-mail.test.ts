/** Mail that is made to hurt costs each of its readers time and memory in proportion to its size, and no more. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { HOSTILE_MAILS } from '@posthaste/test/support/hostile-mails.ts'
import type { Cost } from '@posthaste/test/support/hostile-reader.ts'
import { describe, expect, it } from 'vitest'

const READER = fileURLToPath(new URL('../support/hostile-reader.ts', import.meta.url))
const MEGABYTE = 1024 * 1024
/** Twenty megabytes of attachment are a JSON text of twenty-seven, made from another of twenty-seven. */
const HEAP_MB = 512
const TIMEOUT_MS = 120_000

/** Times what an ordinary mail of the size takes, whose bytes are hardly looked at. Twice what is seen; a square would take thousands. */
const CPU_RATIO_MAX = 70
const GROWTH_BASE = 96 * MEGABYTE
const GROWTH_RATIO_MAX = 8

const run = promisify(execFile)
const heap = ['--expose-gc', `--max-old-space-size=${HEAP_MB}`]
const reader = (...args: string[]) => run(process.execPath, [...heap, READER, ...args], { timeout: TIMEOUT_MS })

// What it has read so far says which mail it hangs at.
const costs = async (name: string): Promise<Cost[]> => {
  const { stdout } = await reader(name).catch((fault: { stdout: string }) => fault)
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line): Cost => JSON.parse(line))
}

const READERS: string[] = JSON.parse((await reader()).stdout)

describe.skipIf(process.platform !== 'linux')('hostile mail', () => {
  it.each(READERS)(
    'is bounded in time and memory for %s',
    async (name) => {
      const found = await costs(name)
      expect(found.map(({ mail }) => mail)).toEqual(Object.keys(HOSTILE_MAILS))
      const dear = found.filter(({ cpuMs, ordinaryMs }) => cpuMs > ordinaryMs * CPU_RATIO_MAX)
      const large = found.filter(({ grownBytes, bytes }) => grownBytes > GROWTH_BASE + bytes * GROWTH_RATIO_MAX)
      expect({ dear, large }).toEqual({ dear: [], large: [] })
    },
    TIMEOUT_MS + 10_000,
  )
})
