/** `npm start` as a newcomer runs it: every step seen, a second one at the same time told so, and nothing left behind. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { startProcess } from '../support/processes.ts'

const run = promisify(execFile)
const DEMO = fileURLToPath(new URL('../../infra/demo/main.ts', import.meta.url))
const Summary = z.object({
  ok: z.boolean(),
  steps: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() })),
  urls: z.record(z.string(), z.string()),
  credentials: z.record(z.string(), z.string()),
})

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'posthaste-start-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

const demonstrate = async () => {
  const { stdout } = await run(process.execPath, [DEMO, '--once', '--json', '--data', dataDir], { timeout: 85_000 })
  return Summary.parse(JSON.parse(stdout))
}
const processesIn = async (folder: string): Promise<string> => (await run('pgrep', ['-fa', folder]).catch(() => ({ stdout: '' }))).stdout

it('shows a mail accepted, signed, delivered, opened, clicked and reported, and leaves no process behind', async () => {
  const summary = await demonstrate()
  expect(summary.steps.filter((step) => !step.ok)).toEqual([])
  expect(summary.ok).toBe(true)
  expect(summary.steps.map((step) => step.name)).toEqual(
    expect.arrayContaining([
      'mail accepted by SMTP',
      'mail accepted by API v1',
      'link clicked through the edge',
      'webhook MessageLinkClicked received and verified',
      'webhook MessageDeliveryFailed received and verified',
    ]),
  )
  expect(Object.keys(summary.credentials)).toEqual(expect.arrayContaining(['email', 'password', 'smtpKey', 'apiKey']))
  expect(await processesIn(dataDir)).toBe('')
})

it('finds at the second start what the first one made', async () => {
  const { steps } = await demonstrate()
  expect(steps.find((step) => step.name.startsWith('organization'))?.detail).toBe('found from an earlier start')
})

it('says who is first when two run in one folder', async () => {
  await using first = await startProcess(process.execPath, [DEMO, '--data', dataDir], { name: 'first' })
  await first.line(/core started/, 60_000)
  await expect(run(process.execPath, [DEMO, '--once', '--data', dataDir])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`already running here as process ${first.pid}`),
  })
  await first.stop(60_000)
})
