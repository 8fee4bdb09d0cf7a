/** Starts the edge as Cloudflare would run it: the Worker in wrangler's runtime, with its Queue and KV. */
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ports } from '@posthaste/test/support/installation/ports.ts'
import { startProgram } from '@posthaste/test/support/installation/program.ts'
import type { RunningProcess } from '@posthaste/test/support/processes.ts'

const EDGE = fileURLToPath(new URL('../../edge', import.meta.url))

export type EdgePlace = { readonly dataDir: string; readonly ports: Ports; readonly trackingKeys: string }

export async function startEdge({ dataDir, ports, trackingKeys }: EdgePlace): Promise<RunningProcess> {
  const wrangler = join(dirname(createRequire(join(EDGE, 'package.json')).resolve('wrangler/package.json')), 'bin', 'wrangler.js')
  const secrets = join(dataDir, 'edge.env')
  await writeFile(secrets, `TRACKING_KEYS='${trackingKeys}'\nCORE_INGEST_URL=http://127.0.0.1:${ports.web}/ingest/events\n`, {
    mode: 0o600,
  })
  const listen = ['--port', String(ports.edge), '--ip', '127.0.0.1', '--inspector-port', '0', '--show-interactive-dev-session=false']
  return startProgram({
    name: 'edge',
    command: [process.execPath, wrangler, 'dev', ...listen, '--persist-to', join(dataDir, 'edge'), '--env-file', secrets],
    env: { ...QUIET, WRANGLER_LOG_PATH: join(dataDir, 'logs', 'wrangler') },
    cwd: EDGE,
    logPath: join(dataDir, 'logs', 'edge.log'),
    healthUrls: [`http://127.0.0.1:${ports.edge}/health`],
  })
}

/** It asks nobody anything and reports nothing. */
const QUIET = { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: '1' }
