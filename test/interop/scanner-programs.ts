/** Real scanners of this machine, each in a folder and on a port of its own. One that is missing is said aloud. */
import { accessSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@posthaste/test/support/free-port.ts'
import { type RunningProcess, startProcess } from '@posthaste/test/support/processes.ts'

/** Texts that scanners take for spam and for a virus by agreement. */
export const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
export const EICAR = String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

export type RunningScanner = AsyncDisposable & {
  readonly port: number
  /** To all of its processes. */
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT') => void
}

function installed(name: string, path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    process.stdout.write(`SKIPPED: ${name} is not installed; apt-get install spamd rspamd clamav-daemon\n`)
    return false
  }
}

export const SPAMD = installed('spamd', '/usr/sbin/spamd')
export const RSPAMD = installed('rspamd', '/usr/bin/rspamd')
export const CLAMD = installed('clamd', '/usr/sbin/clamd')

/** @param port of one that was stopped, to come back there */
export async function startSpamd(port?: number): Promise<RunningScanner> {
  const own = port ?? (await freePort())
  const args = ['-L', '-x', '-i', '127.0.0.1', '-p', String(own), '-u', 'debian-spamd', '-s', 'stderr']
  const running = await startProcess('/usr/sbin/spamd', args)
  await running.line(/server started|server is running/, 60_000)
  return scanner(running, own)
}

const SILENT_MODULES = [
  'rbl',
  'surbl',
  'fuzzy_check',
  'phishing',
  'spf',
  'dkim',
  'dmarc',
  'arc',
  'asn',
  'mx_check',
  'greylist',
  'history_redis',
]

const STARTS_MS = 60_000

export async function startRspamd(): Promise<RunningScanner> {
  const port = await freePort()
  const folder = newFolder()
  const local = join(folder, 'local.d')
  const data = join(folder, 'db')
  mkdirSync(local)
  mkdirSync(data)
  chmodSync(data, 0o777)
  const suffixes = join(folder, 'suffixes')
  writeFileSync(suffixes, 'com\ntest\n')
  const settings = {
    ...Object.fromEntries(SILENT_MODULES.map((module) => [`${module}.conf`, 'enabled = false;\n'])),
    'worker-normal.inc': `bind_socket = "127.0.0.1:${port}";\ncount = 1;\n`,
    'worker-controller.inc': 'enabled = false;\n',
    'worker-proxy.inc': 'enabled = false;\n',
    'worker-fuzzy.inc': 'enabled = false;\n',
    // Its own list of public suffixes is ten thousand patterns, which take two busy cores minutes to compile.
    'options.inc': `gtube_patterns = "all";\nurl_tld = "${suffixes}";\ndns { timeout = 0.2s; retransmits = 1; }\n`,
    'logging.inc': 'type = "console";\n',
  }
  for (const [name, content] of Object.entries(settings)) writeFileSync(join(local, name), content)
  const variables = [`LOCAL_CONFDIR=${folder}`, `DBDIR=${data}`, `RUNDIR=${data}`].flatMap((one) => ['--var', one])
  const running = await startProcess('/usr/bin/rspamd', ['-f', '-u', '_rspamd', '-g', '_rspamd', ...variables])
  await running.port(port, STARTS_MS)
  return scanner(running, port, folder)
}

/** Knows EICAR alone. */
export async function startClamd(): Promise<RunningScanner> {
  const port = await freePort()
  const folder = newFolder()
  writeFileSync(join(folder, 'local.ndb'), `Eicar-Test-Signature:0:*:${Buffer.from(EICAR).toString('hex')}\n`)
  const network = `TCPSocket ${port}\nTCPAddr 127.0.0.1\nStreamMaxLength 30M\n`
  writeFileSync(join(folder, 'clamd.conf'), `Foreground yes\nDatabaseDirectory ${folder}\n${network}LogFile ${folder}/log\n`)
  const running = await startProcess('/usr/sbin/clamd', ['-c', join(folder, 'clamd.conf')])
  await running.port(port, 60_000)
  return scanner(running, port, folder)
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'scanner-'))
  chmodSync(folder, 0o755)
  return folder
}

const scanner = (running: RunningProcess, port: number, folder?: string): RunningScanner => ({
  port,
  signal: (signal) => void process.kill(-running.pid, signal),
  [Symbol.asyncDispose]: async () => {
    await running.stop()
    if (folder) rmSync(folder, { recursive: true, force: true })
  },
})
