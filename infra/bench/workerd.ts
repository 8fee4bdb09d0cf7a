/** Workers in workerd itself, the runtime of Cloudflare, with stand-ins for Queue and KV in the same process. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { anyPorts } from '@posthaste/test/support/installation/ports.ts'
import { startProcess } from '@posthaste/test/support/processes.ts'
import { build } from 'esbuild'

const EDGE = fileURLToPath(new URL('../../edge/', import.meta.url))

export type Worker = { readonly code: string; readonly bindings: string }

export type Workerd = AsyncDisposable & {
  readonly port: number
  readonly pid: number
  /** @throws Error when it is answered with another status. */
  readonly expect: (path: string, host: string, status: number) => Promise<void>
}

export const bareWorker = (): Worker => ({ code: 'export default { fetch: () => new Response() }', bindings: '' })

/** The Worker as it is deployed. */
export async function edgeWorker(trackingKeys: string): Promise<Worker> {
  const { outputFiles } = await build({
    entryPoints: [join(EDGE, 'src/worker.ts')],
    ...{ bundle: true, format: 'esm', target: 'es2024', conditions: ['workerd', 'worker', 'browser'], write: false, tsconfigRaw: {} },
  })
  const bindings = [
    `(name = "TRACKING_KEYS", text = ${JSON.stringify(trackingKeys)})`,
    '(name = "CORE_INGEST_URL", text = "http://127.0.0.1:9/ingest/events")',
    '(name = "EVENTS", queue = "storage")',
    '(name = "REVOCATIONS", kvNamespace = "storage")',
  ]
  return { code: outputFiles[0]?.text ?? '', bindings: bindings.join(', ') }
}

/** Queue and KV speak HTTP to whatever stands in for them: it takes every message and has no value. */
const STORAGE = "export default { fetch: ({ method }) => method === 'GET' ? new Response(null, { status: 404 }) : Response.json({}) }"

export async function startWorkerd({ code, bindings }: Worker): Promise<Workerd> {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-workerd-'))
  const { edge: port } = await anyPorts()
  const files = { 'worker.js': code, 'storage.js': STORAGE, 'config.capnp': await config(port, bindings) }
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)))
  const runtime = await startProcess(findWorkerd(), ['serve', join(folder, 'config.capnp')], { name: 'workerd', cwd: folder })
  await runtime.port(port)
  return {
    port,
    pid: runtime.pid,
    expect: (path, host, status) => expectStatus({ port, path, host }, status),
    [Symbol.asyncDispose]: async () => {
      await runtime.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function config(port: number, bindings: string): Promise<string> {
  const [, date] = (await readFile(join(EDGE, 'wrangler.jsonc'), 'utf8')).match(/"compatibility_date": "([\d-]+)"/) ?? []
  const worker = (file: string, more: string) =>
    `(modules = [(name = "worker", esModule = embed "${file}")], compatibilityDate = "${date}", bindings = [${more}])`
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = ${worker('worker.js', bindings)}), (name = "storage", worker = ${worker('storage.js', '')})],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`
}

/** The one that wrangler brings along. */
function findWorkerd(): string {
  const wrangler = createRequire(join(EDGE, 'package.json')).resolve('wrangler/package.json')
  return (createRequire(wrangler)('workerd') as { default: string }).default // its module gives the program's place and no more
}

/** Unlike `fetch` this may say any host it likes, and it follows nothing. */
async function expectStatus({ port, path, host }: { port: number; path: string; host: string }, status: number): Promise<void> {
  const asking = request({ host: '127.0.0.1', port, path, headers: { Host: host }, agent: false }).end()
  const [{ statusCode }] = await once(asking, 'response')
  if (statusCode !== status) throw new Error(`${path} was answered ${statusCode}, not ${status}`)
}
