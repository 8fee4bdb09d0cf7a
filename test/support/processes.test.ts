/** What tests can rely on when they start programs: readiness, logs, and that nothing stays behind. */
import { expect, it } from 'vitest'
import { startProcess } from './processes.ts'
import { until } from './until.ts'

const node = (script: string) => startProcess(process.execPath, ['-e', script], { name: 'script' })

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it('waits for a line and for a port, and keeps what was written', async () => {
  await using server = await node(`
    const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.error('a warning'); console.log('port ' + s.address().port) })`)
  const [, port] = await server.line(/port (\d+)/)
  await server.port(Number(port))
  await until(() => server.log.includes('a warning'), { what: 'stderr' })
})

it('stops politely, and tells how the process ended', async () => {
  await using polite = await node(
    `process.on('SIGTERM', () => { console.log('bye'); process.exit(3) }); setInterval(() => {}, 1000); console.log('up')`,
  )
  await polite.line(/up/)
  expect(await polite.stop()).toEqual({ code: 3, signal: null })
  expect(polite.log).toEqual(['up', 'bye'])
})

it('kills what does not stop, and what should crash', async () => {
  const stubborn = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')`
  await using first = await node(stubborn)
  await first.line(/up/)
  expect(await first.stop(100)).toEqual({ code: null, signal: 'SIGKILL' })
  await using second = await node(stubborn)
  expect(await second.kill()).toEqual({ code: null, signal: 'SIGKILL' })
})

it('takes grandchildren along', async () => {
  const parent = await startProcess('/bin/sh', ['-c', `sleep 1000 & echo child $!; wait`])
  const child = Number((await parent.line(/child (\d+)/))[1])
  expect(alive(child)).toBe(true)
  await parent[Symbol.asyncDispose]()
  await until(() => !alive(child), { what: 'the grandchild to end' })
})

it('does not wait for a process that has ended, and shows its last words', async () => {
  await using broken = await node(`console.error('cannot start: no database'); process.exit(1)`)
  await expect(broken.line(/ready/, 60_000)).rejects.toThrow(/script has ended.*\n.*cannot start: no database/)
})

it('says which program could not be started', async () => {
  await expect(startProcess('/no/such/program', [])).rejects.toThrow('/no/such/program')
})

it('takes everything along when its own process ends without stopping it', async () => {
  const support = new URL('./processes.ts', import.meta.url).href
  await using careless = await startProcess(process.execPath, [
    '--input-type=module',
    '-e',
    `const { startProcess } = await import(${JSON.stringify(support)})
     const child = await startProcess('/bin/sleep', ['1000'])
     console.log('child ' + child.pid)
     process.exit(0)`,
  ])
  const child = Number((await careless.line(/child (\d+)/))[1])
  await until(() => !alive(child), { what: 'the forgotten child to end' })
})
