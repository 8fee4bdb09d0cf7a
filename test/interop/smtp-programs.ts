/** Mail programs of this machine, run against our SMTP server. One that is missing is said aloud, and its tests are left out. */
import { execFile, spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unpackedPackage } from '@posthaste/test/support/debian-package.ts'

const run = promisify(execFile)

/** Says so when it is missing, as a silent skip would look like a pass. */
export function installed(program: string, debianPackage = program): boolean {
  const there = spawnSync('sh', ['-c', `command -v ${program}`], { env: { PATH: PATHS } }).status === 0
  if (!there) console.warn(`NOT TESTED: ${program} is missing; install it with: apt-get install --no-install-recommends ${debianPackage}`)
  return there
}

const PATHS = `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`

export type Ran = { readonly code: number; readonly output: string }

/** Both streams together; a failure is a result, not an exception. */
export async function runProgram(program: string, args: readonly string[], input = ''): Promise<Ran> {
  const running = run(program, args, { env: { PATH: PATHS, HOME: tmpdir(), LC_ALL: 'C' }, timeout: 30_000 })
  running.child.stdin?.on('error', () => undefined)
  running.child.stdin?.end(input)
  return running.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (fault: { code?: number; stdout?: string; stderr?: string }) => ({ code: fault.code ?? -1, output: `${fault.stdout}${fault.stderr}` }),
  )
}

export type Relay = AsyncDisposable & {
  /** Hands a mail to the relay, which passes it on to our port. */
  readonly send: (mail: string, from: string, to: readonly string[]) => Promise<Ran>
  readonly log: () => Promise<string>
}

const asRoot = (): boolean => userInfo().uid === 0

/** Postfix in a folder of its own, which passes everything on to the port. Needs root, as its daemons do. */
export async function startPostfix(port: number): Promise<Relay | undefined> {
  if (!installed('postfix') || !asRoot()) return undefined
  const directory = await mkdtemp(join(tmpdir(), 'relay-postfix-'))
  await chmod(directory, 0o755)
  const path = (name: string) => join(directory, name)
  await cp('/etc/postfix', path('etc'), { recursive: true, dereference: true })
  await mkdir(path('spool'))
  await mkdir(path('data'))
  await writeFile(path('etc/main.cf'), postfixConfig(directory, port))
  await writeFile(path('etc/master.cf'), (await readFile('/etc/postfix/master.cf', 'utf8')).replace(/^smtp\s+inet/m, '#smtp inet'))
  await run('chown', ['postfix', path('data')])
  await run('postfix', ['-c', path('etc'), 'start'], { env: { PATH: PATHS } })
  return {
    send: (mail, from, to) => runProgram('sendmail', ['-C', path('etc'), '-i', '-f', from, ...to], mail),
    log: () => readFile('/var/log/posthaste-relay.log', 'utf8').catch(() => ''),
    [Symbol.asyncDispose]: async () => {
      await run('postfix', ['-c', path('etc'), 'stop'], { env: { PATH: PATHS } }).catch(() => undefined)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const postfixConfig = (directory: string, port: number): string => `compatibility_level = 3.6
queue_directory = ${directory}/spool
data_directory = ${directory}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.test
mydestination =
alias_maps =
relayhost = [127.0.0.1]:${port}
smtp_tls_security_level = may
maillog_file = /var/log/posthaste-relay.log
inet_interfaces = loopback-only
`

/** Exim, unpacked beside the system's packages, as installing it would remove Postfix. */
export async function startExim(port: number): Promise<Relay | undefined> {
  const program = asRoot() ? await unpackedExim() : undefined
  if (!program) {
    console.warn('NOT TESTED: Exim cannot be had here; it needs root, apt-get and the package exim4-daemon-light')
    return undefined
  }
  const directory = await mkdtemp(join(tmpdir(), 'relay-exim-'))
  await run('chown', ['-R', 'Debian-exim:Debian-exim', directory])
  await chmod(directory, 0o755)
  const config = join(directory, 'exim.conf')
  await writeFile(config, eximConfig(directory, port, program))
  return {
    send: (mail, from, to) => runProgram(program, ['-C', config, '-odi', '-i', '-f', from, ...to], mail),
    log: () => readFile(join(directory, 'log_main'), 'utf8').catch(() => ''),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

async function unpackedExim(): Promise<string | undefined> {
  const directory = await unpackedPackage('exim4-daemon-light', 'usr/sbin/exim4')
  if (!directory) return undefined
  const program = join(directory, 'usr/sbin/exim4')
  try {
    await run('sh', ['-c', 'id Debian-exim || useradd --system --no-create-home Debian-exim'], { env: { PATH: PATHS } })
    return (await runProgram(program, ['-bV'])).output.includes('Exim version') ? program : undefined
  } catch {
    return undefined // the caller says so
  }
}

const eximConfig = (directory: string, port: number, program: string): string => `exim_path = ${program}
primary_hostname = relay.test
spool_directory = ${directory}/spool
log_file_path = ${directory}/log_%s
keep_environment =
begin routers
everything:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = out
begin transports
out:
  driver = smtp
  port = ${port}
  allow_localhost
begin retry
* * F,1h,1m
`
