/** What processes use, as Linux counts it: CPU time and resident memory. */
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '@posthaste/core/store/database.ts'

/** USER_HZ is 100 on every Linux that Node runs on. proc_pid_stat(5) */
const TICK_MS = 10
const FIRST_AFTER_NAME = 3
const UTIME = 14 - FIRST_AFTER_NAME
const STIME = 15 - FIRST_AFTER_NAME

/** Milliseconds of CPU that a process has used, threads included. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // the name before may hold spaces
  return (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_MS
}

/** Of all, while work is done. */
export async function cpuDuring(pids: readonly number[], work: () => Promise<unknown>): Promise<number[]> {
  const before = await Promise.all(pids.map(cpuMs))
  await work()
  const after = await Promise.all(pids.map(cpuMs))
  return after.map((used, n) => used - (before[n] ?? 0))
}

type Pids = Readonly<Record<string, number>>

/** What each process takes of the CPU for a message, as a table's note says it. */
export function costOf(pids: Pids, messages: number, work: () => Promise<unknown>): Promise<string> {
  return costOfCounted(pids, async () => {
    await work()
    return messages
  })
}

/** The same where only the work itself knows how many messages there were. */
export async function costOfCounted(pids: Pids, work: () => Promise<number>): Promise<string> {
  let messages = 0
  const used = await cpuDuring(Object.values(pids), async () => {
    messages = await work()
  })
  const costs = Object.keys(pids).map((name, n) => `${name} ${((used[n] ?? 0) / messages).toFixed(2)}`)
  return `CPU ms a message: ${costs.join(', ')}`
}

export async function residentMegabytes(pid: number): Promise<number> {
  const [, kilobytes] = (await readFile(`/proc/${pid}/status`, 'utf8')).match(/^VmRSS:\s+(\d+) kB/m) ?? []
  return Number(kilobytes ?? 0) / 1024
}

const SAMPLE_MS = 100

/** The highest sum of all while work is done. */
export async function peakMegabytes(pids: readonly number[], work: () => Promise<unknown>): Promise<number> {
  const ending = new AbortController()
  const working = work().finally(() => ending.abort())
  let peak = 0
  while (!ending.signal.aborted) {
    const each = await Promise.all(pids.map(residentMegabytes))
    peak = Math.max(
      peak,
      each.reduce((a, b) => a + b, 0),
    )
    await wait(SAMPLE_MS, undefined, { signal: ending.signal }).catch(() => undefined)
  }
  await working
  return peak
}

export async function databasePid(db: Database): Promise<number> {
  const [rows] = await db.$client.query('SELECT @@pid_file AS path')
  const [row] = rows as unknown as { path: string }[] // as selected
  return Number(await readFile(row?.path ?? '', 'utf8'))
}
