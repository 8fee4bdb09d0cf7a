/** Haraka as a peer: its own queue on disk, outbound to the sink. Installed from npm at the first measurement, into a folder that git ignores. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startProcess } from '@posthaste/test/support/processes.ts'
import { BenchUnavailable } from './bench.ts'

const run = promisify(execFile)

const HOME = fileURLToPath(new URL('../../.data/bench/haraka', import.meta.url))
const PACKAGE_FOLDER = join(HOME, 'node_modules', 'Haraka')
const PROGRAM = join(PACKAGE_FOLDER, 'bin', 'haraka')

/** The overrides stand for versions that its dependencies ask for and that not every registry has. */
const PACKAGE = {
  name: 'bench-peer-haraka',
  private: true,
  dependencies: { Haraka: '3.3.4' },
  overrides: { libmime: '5.4.6', 'encoding-japanese': '2.2.0' },
}

/** Another mail server that takes mail on a port and hands it to the sink. */
export type Peer = AsyncDisposable & {
  readonly port: number
  /** Mails that it has accepted and not yet handed on. */
  readonly queued: () => Promise<number>
}

/** @throws BenchUnavailable when it is not installed and npm cannot be asked. */
export async function startHaraka({ port, sinkPort }: { port: number; sinkPort: number }): Promise<Peer> {
  await install()
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-haraka-'))
  await configure(folder, { port, sinkPort })
  const haraka = await startProcess(process.execPath, [PROGRAM, '-c', folder], { name: 'haraka', cwd: folder })
  const close = async () => {
    await haraka.kill()
    await rm(folder, { recursive: true, force: true })
  }
  await haraka.port(port).catch(async (cause: unknown) => {
    await close()
    throw cause
  })
  return { port, queued: async () => (await readdir(join(folder, 'queue'))).length, [Symbol.asyncDispose]: close }
}

async function install(): Promise<void> {
  if (existsSync(PROGRAM)) return
  await mkdir(HOME, { recursive: true })
  await writeFile(join(HOME, 'package.json'), JSON.stringify(PACKAGE))
  const flags = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', ...flags], { cwd: HOME, timeout: INSTALL_TIMEOUT_MS }).catch((cause: unknown) => {
    throw new BenchUnavailable(`Haraka ${PACKAGE.dependencies.Haraka} could not be installed from npm into ${HOME}`, { cause })
  })
}

const INSTALL_TIMEOUT_MS = 180_000

/** The least that makes it relay: no TLS, no checks, no log, a process for each CPU. */
async function configure(folder: string, { port, sinkPort }: { port: number; sinkPort: number }): Promise<void> {
  const files = {
    'config/smtp.ini': `listen=127.0.0.1:${port}\nnodes=cpus\n`,
    'config/me': 'haraka.bench.localhost\n',
    'config/plugins': 'relay-all\n',
    'config/log.ini': '[main]\nlevel=crit\n',
    'config/outbound.ini': 'enable_tls=false\nlocal_mx_ok=true\nconcurrency_max=50\n',
    'plugins/relay-all.js': plugin(sinkPort),
  }
  await Promise.all(['config', 'plugins', 'queue'].map((name) => mkdir(join(folder, name))))
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)))
  await copyFile(join(PACKAGE_FOLDER, 'config', 'connection.ini'), join(folder, 'config', 'connection.ini')) // it does not greet without
}

/** Everybody may send to everybody, and all mail goes to the sink. */
const plugin = (sinkPort: number): string => `
exports.hook_connect = (next, connection) => { connection.relaying = true; next() }
exports.hook_rcpt = (next) => next(OK)
exports.hook_get_mx = (next) => next(OK, { priority: 0, exchange: '127.0.0.1', port: ${sinkPort} })
`
