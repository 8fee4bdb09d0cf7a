/** All roles under one supervisor: healthy, measured, started again when they die, gone when it is told to go, and gone when it is killed. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { byMachine } from '@posthaste/core/domain/presence.ts'
import { listWorkerAddresses } from '@posthaste/core/store/worker-addresses.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CorePlace, coreEnvironment, startCore } from '../support/installation/core.ts'
import { openManage } from '../support/installation/manage.ts'
import { anyPorts, type Ports } from '../support/installation/ports.ts'
import { writeCertificate } from '../support/installation/tls-files.ts'
import { untilAnswers } from '../support/installation/until-answers.ts'
import type { RunningProcess } from '../support/processes.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)

let dataDir: string
let ports: Ports
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'posthaste-roles-'))
  await mkdir(join(dataDir, 'logs'))
  ports = await anyPorts()
})
afterEach(async () => {
  await run('pkill', ['-9', '-f', dataDir]).catch(() => undefined) // a database that a test has orphaned
  await rm(dataDir, { recursive: true, force: true })
})

const place = async (): Promise<CorePlace> => ({ dataDir, ports, tls: await writeCertificate(dataDir) })
const start = async (): Promise<RunningProcess> => startCore(await place())
const healthOf = (role: 'web' | 'smtp' | 'worker', path: string): string => `http://127.0.0.1:${ports[`${role}Health`]}${path}`
const text = async (url: string): Promise<string> => (await fetch(url)).text()

/** Pids of a supervisor's children, by the role that is their last argument. */
async function rolesOf(supervisor: RunningProcess): Promise<Map<string, number>> {
  const { stdout } = await run('ps', ['-o', 'pid=,args=', '--ppid', String(supervisor.pid)])
  return new Map(
    stdout.split('\n').flatMap((line): [string, number][] => {
      const [, pid, role] = /^\s*(\d+) .*main\.js (web|smtp|worker)$/.exec(line) ?? []
      return pid && role ? [[role, Number(pid)]] : []
    }),
  )
}
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('the roles', () => {
  it('tell their health and what they measure, each on a port of its own', async () => {
    await using core = await start()
    for (const role of ['web', 'smtp', 'worker'] as const) {
      expect(await text(healthOf(role, '/'))).toContain(role)
      expect(await text(healthOf(role, '/health'))).toBe('OK')
      expect(await text(healthOf(role, '/metrics'))).toContain('posthaste_queue_depth')
    }
    expect(await text(healthOf('smtp', '/metrics'))).toContain('postal_smtp_server_connections_total')
    expect(core.log.some((line) => line.includes('"event":"smtp.listening"'))).toBe(true)
  })

  it('are started again when they die', async () => {
    await using core = await start()
    const worker = (await rolesOf(core)).get('worker') ?? 0
    process.kill(worker, 'SIGKILL')
    const next = await until(
      async () => {
        const pid = (await rolesOf(core)).get('worker')
        return pid !== worker && pid
      },
      { what: 'another worker', timeoutMs: 20_000 },
    )
    await untilAnswers(healthOf('worker', '/health'))
    expect(next).toBeGreaterThan(0)
  })
})

describe('the worker', () => {
  it('says which addresses its machine has, also when it has taken the place of one that died', async () => {
    const here = await place()
    await using core = await startCore(here)
    await using installation = await openManage(coreEnvironment(here))
    const said = async () => byMachine(await listWorkerAddresses(installation.db))
    const first = await until(async () => (await said())[0], { what: 'the report of the worker' })
    expect([first.machine, first.addresses.has('127.0.0.1')]).toEqual([hostname(), true])
    process.kill((await rolesOf(core)).get('worker') ?? 0, 'SIGKILL')
    await until(async () => ((await said())[0]?.seenAt ?? first.seenAt) > first.seenAt, {
      what: 'the report of the next',
      timeoutMs: 20_000,
    })
    expect(await said()).toHaveLength(1)
  })
})

describe('the supervisor', () => {
  it('drains everything on SIGTERM and leaves nothing behind', async () => {
    const core = await start()
    const pids = [...(await rolesOf(core)).values()]
    expect(pids).toHaveLength(3)
    core.signal('SIGTERM')
    expect(await core.ended(40_000)).toEqual({ code: 0, signal: null })
    expect(pids.filter(isAlive)).toEqual([])
    expect((await run('pgrep', ['-f', dataDir]).catch(() => ({ stdout: '' }))).stdout).toBe('')
  })

  it('takes its roles along even when it is killed, and the next start finds the database that was left', async () => {
    const core = await start()
    const pids = [...(await rolesOf(core)).values()]
    process.kill(core.pid, 'SIGKILL')
    await until(() => !pids.some(isAlive), { what: 'the roles to leave', timeoutMs: 40_000 })
    await core.ended()
    await using next = await start()
    expect(await text(healthOf('web', '/health'))).toBe('OK')
    expect(next.pid).not.toBe(core.pid)
  })
})
