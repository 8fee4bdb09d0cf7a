/** `npm start`: the core, the edge and a private database, an outside world to talk to, and three mails followed from end to end. */
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { formatTrackingKeys } from '@posthaste/shared/tracking/keys.ts'
import { coreEnvironment, startCore } from '@posthaste/test/support/installation/core.ts'
import { openManage } from '@posthaste/test/support/installation/manage.ts'
import { usualPorts } from '@posthaste/test/support/installation/ports.ts'
import { writeCertificate } from '@posthaste/test/support/installation/tls-files.ts'
import { startEdge } from './edge.ts'
import { runJourney } from './journey.ts'
import { lockFolder } from './lock.ts'
import { type Options, parseOptions } from './options.ts'
import { seed } from './seed.ts'
import { createSteps, type Step, StepFailed, type Steps } from './steps.ts'
import { credentialsOf, formatSummary, type Summary, stepLine, urlsOf } from './summary.ts'
import { startWorld } from './world.ts'

const EXIT_FAULT = 1

async function main(options: Options): Promise<number> {
  const say = options.json ? (_: string) => undefined : (line: string) => void process.stdout.write(`${line}\n`)
  const parts = new AsyncDisposableStack()
  const steps = createSteps(
    (step: Step) => say(stepLine(step)),
    () => performance.now(),
  )
  const interrupted = untilInterrupted()
  try {
    const work = demonstrate(options, { parts, steps, say })
    const summary = await Promise.race([work, interrupted.then(() => undefined)])
    if (!summary) return EXIT_FAULT
    process.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : formatSummary(summary))
    if (!options.once && summary.ok) {
      say('Running until you press Ctrl-C.')
      await interrupted
    }
    return summary.ok ? 0 : EXIT_FAULT
  } finally {
    await parts.disposeAsync()
  }
}

type Stage = { readonly parts: AsyncDisposableStack; readonly steps: Steps; readonly say: (line: string) => void }

async function demonstrate(options: Options, { parts, steps, say }: Stage): Promise<Summary> {
  const { dataDir } = options
  parts.use(await lockFolder(dataDir))
  await mkdir(join(dataDir, 'logs'), { recursive: true })
  const { ports, moved } = await usualPorts()
  for (const line of moved) say(line)
  const world = parts.use(await startWorld(ports))
  const place = { dataDir, ports, tls: await writeCertificate(dataDir) }
  const notes = [...moved, `Logs: ${join(dataDir, 'logs')}`]
  try {
    await steps.step('core started: database, web, smtp, worker', async () => {
      parts.use(await startCore(place))
      return [`logs in ${join(dataDir, 'logs', 'core.log')}`, undefined] as const
    })
    const opened = parts.use(await openManage(coreEnvironment(place)))
    const seeded = await steps.step('organization, mail server, domain, keys, webhook, user', async () => {
      const { seeded, fresh } = await seed({ manage: opened.manage, world, ports, dataDir })
      return [fresh ? 'made, and DNS records checked' : 'found from an earlier start', seeded] as const
    })
    world.webhooks.trust({ jwksUrl: `http://127.0.0.1:${ports.web}/.well-known/jwks.json`, secret: seeded.webhookSecret })
    await steps.step('edge started: Worker, Queue, KV', async () => {
      parts.use(await startEdge({ dataDir, ports, trackingKeys: formatTrackingKeys(opened.trackingKeys) }))
      return [`http://127.0.0.1:${ports.edge}`, undefined] as const
    })
    await runJourney({ steps, world, ports, seeded })
    return { ok: true, steps: steps.done, urls: urlsOf(ports), credentials: credentialsOf(seeded), notes }
  } catch (fault) {
    if (!(fault instanceof StepFailed)) throw fault
    return { ok: false, steps: steps.done, urls: urlsOf(ports), credentials: {}, notes: [...notes, advice(dataDir)] }
  }
}

const advice = (dataDir: string): string =>
  `A step failed. Its reason stands beside it; the logs tell more. With --data DIR you can begin afresh beside ${dataDir}.`

async function untilInterrupted(): Promise<void> {
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)))
}

try {
  process.exitCode = await main(parseOptions(process.argv.slice(2), process.cwd()))
} catch (fault) {
  process.stderr.write(`${fault instanceof Error ? fault.message : String(fault)}\n`)
  process.exitCode = EXIT_FAULT
}
// Whatever a library still holds open must not keep a finished demonstration alive.
await wait(0)
process.exit()
