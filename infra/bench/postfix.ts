/** The yardstick: a stock Postfix on loopback, with queue and data of its own, and its load generator and sink. */
import { execFile, spawn } from 'node:child_process'
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** `defer` only accepts, which measures durable acceptance alone; `deliver` carries everything to the sink. */
export type PostfixMode = 'defer' | 'deliver'
export type Postfix = AsyncDisposable & {
  readonly port: number
  /** Mails that it has accepted and not yet handed on. */
  readonly queued: () => Promise<number>
}

const SETTINGS = `compatibility_level = 3.6
multi_instance_enable = no
myhostname = bench.localhost
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
smtp_host_lookup = native
disable_dns_lookups = yes
default_process_limit = 100
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_recipient_restrictions = permit_mynetworks, reject
default_destination_concurrency_limit = 50
initial_destination_concurrency = 20
default_destination_recipient_limit = 1
smtp_connection_cache_on_demand = yes
smtp_tls_security_level = none
smtpd_tls_security_level = none
maillog_file =
syslog_name = posthaste-bench
alias_maps =
local_recipient_maps =
`

/** Needs Debian's `postfix` package and root, as Postfix itself does. */
export async function startPostfix({ port, sinkPort, mode }: { port: number; sinkPort: number; mode: PostfixMode }): Promise<Postfix> {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-postfix-'))
  await chmod(folder, 0o755)
  const [etc, queue, data] = ['etc', 'queue', 'data'].map((name) => join(folder, name)) as [string, string, string]
  await Promise.all([etc, queue, data].map((path) => mkdir(path)))
  await chown(data, await idOf('-u'), await idOf('-g'))
  await copyFile('/usr/share/postfix/master.cf.dist', join(etc, 'master.cf'))
  await writeFile(join(etc, 'master.cf'), master(await readFile(join(etc, 'master.cf'), 'utf8'), port))
  const deferred = mode === 'defer' ? 'defer_transports = smtp relay\n' : ''
  await writeFile(
    join(etc, 'main.cf'),
    `${SETTINGS}queue_directory = ${queue}\ndata_directory = ${data}\nrelayhost = [127.0.0.1]:${sinkPort}\n${deferred}`,
  )
  await run('postfix', ['-c', etc, 'start'])
  return {
    port,
    queued: async () =>
      (await Promise.all(['maildrop', 'incoming', 'active', 'deferred'].map((name) => countFiles(join(queue, name))))).reduce(
        (a, b) => a + b,
      ),
    [Symbol.asyncDispose]: async () => {
      await run('postfix', ['-c', etc, 'stop']).catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One listener on our port, and no chroot, since the queue lies elsewhere. */
const master = (content: string, port: number): string =>
  content
    .replace(/^smtp +inet .*/m, `127.0.0.1:${port} inet n - n - 200 smtpd`)
    .replace(/^([a-z]+ +(?:unix|unix-dgram|fifo) +\S+ +\S+ +)y/gm, '$1n')

const idOf = async (kind: '-u' | '-g'): Promise<number> => Number((await run('id', [kind, 'postfix'])).stdout)

const countFiles = async (folder: string): Promise<number> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) => entry.isFile()).length

export type Load = {
  readonly port: number
  readonly messages: number
  readonly connections: number
  readonly from: string
  readonly to: string
  readonly file: string
}

/** Sends the mail in `file` again and again on connections that are reused. @returns seconds until the last reply. */
export async function feed({ port, messages, connections, from, to, file }: Load): Promise<number> {
  const start = performance.now()
  const counts = ['-d', '-s', String(connections), '-m', String(messages)]
  await run('smtp-source', [...counts, '-f', from, '-t', to, '-F', file, `127.0.0.1:${port}`], { timeout: FEED_TIMEOUT_MS })
  return (performance.now() - start) / 1000
}

const FEED_TIMEOUT_MS = 300_000

export type SinkOptions = {
  readonly host?: string
  readonly connectionsMax?: number
  /** Before it answers DATA. */
  readonly waitSeconds?: number
}

/** Takes all mail and keeps none. */
export async function startSink(port: number, options: SinkOptions = {}): Promise<AsyncDisposable & { readonly pid: number }> {
  const { host = '127.0.0.1', connectionsMax = 256, waitSeconds } = options
  const slow = waitSeconds ? ['-w', String(waitSeconds)] : []
  const args = ['-u', 'postfix', '-m', String(connectionsMax), ...slow, `${host}:${port}`, '1000']
  const sink = spawn('smtp-sink', args, { stdio: 'ignore' })
  await wait(300)
  return {
    pid: sink.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      sink.kill()
    },
  }
}

export async function postfixInstalled(): Promise<boolean> {
  return run('postconf', ['-d', 'mail_version']).then(
    () => true,
    () => false,
  )
}
