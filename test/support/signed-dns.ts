/**
 * Real DNSSEC on this machine: Knot signs zones and serves them, after whatever an attacker does to them, and Unbound validates them from
 * the key of `test.` down, as a resolver of an operator would from the root's. Both listen on high ports and need no rights.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { anyPorts } from './installation/ports.ts'
import { type RunningProcess, startProcess } from './processes.ts'
import { until } from './until.ts'

const run = promisify(execFile)
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`

export type SignedDns = AsyncDisposable & {
  /** The authority itself, which says what it was made to say: a resolver that does not validate. */
  readonly gullible: string
  readonly validating: { readonly host: string; readonly port: number }
  /** The validating resolver goes away. */
  readonly stopValidating: () => Promise<void>
}

export type SignedDnsOptions = {
  /** Records below `signed.test.`, as lines of a zone file. */
  readonly signed: string
  /** Records below `plain.test.`, which is delegated without a key. */
  readonly plain: string
  /** What somebody does to the lines of the signed zone on their way. */
  readonly forge: (zone: string) => string
}

const HEAD = '$TTL 3600\n@ SOA ns.test. hostmaster.test. 1 3600 600 86400 60\n@ NS ns.test.\n'
const SIGNED = ['test', 'signed.test']

export async function startSignedDns({ signed, plain, forge }: SignedDnsOptions): Promise<SignedDns> {
  const folder = await mkdtemp(join(tmpdir(), 'signed-dns-'))
  const { dns: authority, mx: resolver } = await anyPorts()
  const zoneFile = (name: string) => join(folder, `${name}.zone`)
  for (const name of ['keys', 'signing', 'serving']) await mkdir(join(folder, name))
  const signing = await writeKnot({ folder, port: authority, phase: 'signing' })
  await writeFile(zoneFile('signed.test'), `${HEAD}${signed}`)
  await writeFile(zoneFile('plain.test'), `${HEAD}${plain}`)
  const [anchor, delegation] = [await makeKey(signing, 'test', 'dnskey'), await makeKey(signing, 'signed.test', 'ds')]
  await writeFile(zoneFile('test'), `${HEAD}ns A 127.0.0.1\nsigned NS ns\n${delegation}plain NS ns\n`)

  await sign(signing, zoneFile)
  const honest = await readFile(zoneFile('signed.test'), 'utf8')
  const forged = forge(honest)
  if (forged === honest) throw new Error('nothing was forged')
  await writeFile(zoneFile('signed.test'), forged)

  const knot = await startKnot(await writeKnot({ folder, port: authority, phase: 'serving' }))
  const unbound = await startUnbound({ folder, port: resolver, authority, anchor })
  return {
    gullible: `127.0.0.1:${authority}`,
    validating: { host: '127.0.0.1', port: resolver },
    stopValidating: async () => void (await unbound.stop()),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([unbound.stop(), knot.stop()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type KnotPlace = { readonly folder: string; readonly port: number; readonly phase: 'signing' | 'serving' }

/** Zones are served as their files stand; while they are signed, their signatures are written back to them. */
async function writeKnot({ folder, port, phase }: KnotPlace): Promise<string> {
  const file = join(folder, `${phase}.conf`)
  const zone = (name: string) =>
    phase === 'signing' && SIGNED.includes(name)
      ? `  - domain: ${name}\n    dnssec-signing: on\n    dnssec-policy: by-hand\n    zonefile-sync: 0\n`
      : `  - domain: ${name}\n`
  await writeFile(
    file,
    `server:
    rundir: ${join(folder, phase)}
    listen: 127.0.0.1@${port}
    background-workers: 1
    udp-workers: 1
    tcp-workers: 1
log:
  - target: stdout
    any: info
database:
    storage: ${join(folder, phase)}
    kasp-db: ${join(folder, 'keys')}
policy:
  - id: by-hand
    manual: on
template:
  - id: default
    storage: ${folder}
    file: "%s.zone"
zone:
${['test', 'signed.test', 'plain.test'].map(zone).join('')}`,
  )
  return file
}

/** One key for all: what the zone above, or the resolver, must know of it. */
async function makeKey(config: string, zone: string, shown: 'dnskey' | 'ds'): Promise<string> {
  const keymgr = (...args: readonly string[]) => run('keymgr', ['-c', config, zone, ...args], { env: { PATH } })
  await keymgr('generate', 'algorithm=ECDSAP256SHA256', 'ksk=yes', 'zsk=yes')
  return (await keymgr(shown)).stdout
}

const startKnot = (config: string): Promise<RunningProcess> => startProcess('knotd', ['-c', config], { name: 'knotd', env: { PATH } })

async function sign(config: string, zoneFile: (name: string) => string): Promise<void> {
  await using _knot = await startKnot(config)
  const isSigned = async (name: string) => (await readFile(zoneFile(name), 'utf8')).includes('RRSIG')
  await until(async () => (await Promise.all(SIGNED.map(isSigned))).every(Boolean), { what: 'signatures', timeoutMs: 20_000 })
}

type UnboundPlace = { readonly folder: string; readonly port: number; readonly authority: number; readonly anchor: string }

async function startUnbound({ folder, port, authority, anchor }: UnboundPlace): Promise<RunningProcess> {
  const file = join(folder, 'unbound.conf')
  const stub = (name: string) => `stub-zone:\n  name: "${name}."\n  stub-addr: 127.0.0.1@${authority}\n`
  await writeFile(join(folder, 'anchor'), anchor)
  await writeFile(
    file,
    `server:
  interface: 127.0.0.1@${port}
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  verbosity: 1
  num-threads: 1
  do-ip6: no
  do-not-query-localhost: no
  module-config: "validator iterator"
  trust-anchor-file: "anchor"
  local-zone: "test." nodefault
remote-control:
  control-enable: no
${['test', 'signed.test', 'plain.test'].map(stub).join('')}`,
  )
  const unbound = await startProcess('unbound', ['-d', '-c', file], { name: 'unbound', env: { PATH } })
  await unbound.line(/start of service/)
  return unbound
}
