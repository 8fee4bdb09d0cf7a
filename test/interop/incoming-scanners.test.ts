/** Real scanners judge real samples: spamd and rspamd with GTUBE, clamd with EICAR. Skipped, loudly, where they are not installed. */
import { accessSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClamav } from '@posthaste/core/net/inspectors/clamav.ts'
import type { Scanned } from '@posthaste/core/net/inspectors/inspection.ts'
import { createRspamd } from '@posthaste/core/net/inspectors/rspamd.ts'
import { createSpamd } from '@posthaste/core/net/inspectors/spamd.ts'
import { type RunningProcess, startProcess } from '@posthaste/test/support/processes.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
const EICAR = String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

const mail = (body: string): Buffer =>
  Buffer.from(
    `Received: from mx.client.test (mx.client.test [192.0.2.1]) by mx.mail.test with ESMTP; Mon, 02 Mar 2026 09:00:00 +0000\r\nFrom: Ana <ana@client.test>\r\nTo: help@shop.test\r\nSubject: Hello\r\nMessage-ID: <1@client.test>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n\r\n${body}\r\n`,
  )

const scanned = (body: string, scope: Scanned['scope'] = 'incoming'): Scanned => ({
  ...{ raw: mail(body), mailFrom: 'ana@client.test', rcptTo: 'help@shop.test', token: 'token', scope },
})

const installed = (...programs: string[]): boolean =>
  programs.some((program) => {
    try {
      accessSync(program)
      return true
    } catch {
      return false
    }
  })

const SPAMD = installed('/usr/sbin/spamd')
const RSPAMD = installed('/usr/bin/rspamd')
const CLAMD = installed('/usr/sbin/clamd')

for (const [name, there] of Object.entries({ spamd: SPAMD, rspamd: RSPAMD, clamd: CLAMD })) {
  if (!there) process.stdout.write(`SKIPPED: ${name} is not installed; apt-get install spamd rspamd clamav-daemon\n`)
}

const folder = mkdtempSync(join(tmpdir(), 'scanners-'))
chmodSync(folder, 0o755)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

const running: RunningProcess[] = []
afterAll(async () => {
  await Promise.all(running.map((process) => process.stop()))
})

async function started(command: string, args: readonly string[]): Promise<RunningProcess> {
  const process = await startProcess(command, args)
  running.push(process)
  return process
}

describe.skipIf(!SPAMD)('spamd', () => {
  let port: number
  beforeAll(async () => {
    port = await freePort()
    const process = await started('/usr/sbin/spamd', [
      '-L',
      '-x',
      '-i',
      '127.0.0.1',
      '-p',
      String(port),
      '-u',
      'debian-spamd',
      '-s',
      'stderr',
    ])
    await process.line(/server started|server is running/, 60_000)
  }, 90_000)

  it('finds GTUBE to be spam, and says by which rule', async () => {
    const finding = await createSpamd({ host: '127.0.0.1', port })(scanned(GTUBE))
    expect(finding).toMatchObject({ kind: 'judged', checks: expect.arrayContaining([expect.objectContaining({ name: 'GTUBE' })]) })
    expect(finding.kind === 'judged' && finding.score).toBeGreaterThan(900)
  })

  it('lets an ordinary mail pass', async () => {
    const finding = await createSpamd({ host: '127.0.0.1', port })(scanned('The parcel arrives on Monday.'))
    expect(finding.kind === 'judged' && finding.score).toBeLessThan(5)
  })

  it('does not hold against outgoing mail that it has not travelled yet', async () => {
    const finding = await createSpamd({ host: '127.0.0.1', port })(scanned('The parcel arrives on Monday.', 'outgoing'))
    const names = finding.kind === 'judged' ? finding.checks.map(({ name }) => name) : []
    expect(names.filter((name) => /^(?:NO_RELAYS|NO_RECEIVED|SPF_|HELO_|RCVD_IN_)/.test(name))).toEqual([])
  })
})

describe.skipIf(!RSPAMD)('rspamd', () => {
  let port: number
  beforeAll(async () => {
    port = await freePort()
    const local = join(folder, 'rspamd')
    mkdirSync(join(local, 'local.d'), { recursive: true })
    mkdirSync(join(local, 'db'))
    chmodSync(join(local, 'db'), 0o777)
    for (const module of [
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
    ])
      writeFileSync(join(local, 'local.d', `${module}.conf`), 'enabled = false;\n')
    writeFileSync(join(local, 'local.d', 'worker-normal.inc'), `bind_socket = "127.0.0.1:${port}";\ncount = 1;\n`)
    writeFileSync(join(local, 'local.d', 'worker-controller.inc'), 'enabled = false;\n')
    writeFileSync(join(local, 'local.d', 'worker-proxy.inc'), 'enabled = false;\n')
    writeFileSync(join(local, 'local.d', 'worker-fuzzy.inc'), 'enabled = false;\n')
    writeFileSync(join(local, 'local.d', 'options.inc'), 'gtube_patterns = "all";\ndns { timeout = 0.2s; retransmits = 1; }\n')
    writeFileSync(join(local, 'local.d', 'logging.inc'), 'type = "console";\n')
    const variables = [`LOCAL_CONFDIR=${local}`, `DBDIR=${local}/db`, `RUNDIR=${local}/db`].flatMap((one) => ['--var', one])
    const process = await started('/usr/bin/rspamd', ['-f', '-u', '_rspamd', '-g', '_rspamd', ...variables])
    await process.port(port, 60_000)
    const ask = createRspamd({ host: '127.0.0.1', port, tls: false, password: null, flags: null, timeoutMs: 5_000 })
    await until(async () => (await ask(scanned('ready?'))).kind === 'judged', { what: 'rspamd to judge', timeoutMs: 60_000 })
  }, 150_000)

  it('finds GTUBE to be spam', async () => {
    const finding = await createRspamd({ host: '127.0.0.1', port, tls: false, password: null, flags: null })(scanned(GTUBE))
    expect(finding.kind).toBe('judged')
    expect(finding.kind === 'judged' && finding.score).toBeGreaterThanOrEqual(15)
  })

  it('lets an ordinary mail pass', async () => {
    const finding = await createRspamd({ host: '127.0.0.1', port, tls: false, password: null, flags: null })(
      scanned('The parcel arrives on Monday.'),
    )
    expect(finding.kind === 'judged' && finding.score).toBeLessThan(6)
  })
})

describe.skipIf(!CLAMD)('clamd', () => {
  let port: number
  beforeAll(async () => {
    port = await freePort()
    const base = join(folder, 'clamd')
    mkdirSync(base)
    writeFileSync(join(base, 'local.ndb'), `Eicar-Test-Signature:0:*:${Buffer.from(EICAR).toString('hex')}\n`)
    writeFileSync(
      join(base, 'clamd.conf'),
      `Foreground yes\nDatabaseDirectory ${base}\nTCPSocket ${port}\nTCPAddr 127.0.0.1\nStreamMaxLength 30M\nLogFile ${base}/log\n`,
    )
    const process = await started('/usr/sbin/clamd', ['-c', join(base, 'clamd.conf')])
    await process.port(port, 60_000)
  }, 90_000)

  const scan = (body: string) => createClamav({ host: '127.0.0.1', port })(mail(body))

  it('finds EICAR', async () => {
    expect(await scan(EICAR)).toEqual({ kind: 'infected', details: expect.stringContaining('Eicar-Test-Signature') })
  })

  it('finds it behind many megabytes, which go in small chunks', async () => {
    expect(await scan(`${'clean line\r\n'.repeat(500_000)}${EICAR}`)).toMatchObject({ kind: 'infected' })
  })

  it('lets an ordinary mail pass', async () => {
    expect(await scan('The parcel arrives on Monday.')).toEqual({ kind: 'clean', details: 'No threats found' })
  })
})

describe('a scanner that is away', () => {
  it('is said to be away, not to have found nothing', async () => {
    const port = await freePort()
    expect(await createSpamd({ host: '127.0.0.1', port })(scanned('x'))).toMatchObject({ kind: 'unavailable', check: { name: 'ERROR' } })
    expect(await createRspamd({ host: '127.0.0.1', port, tls: false, password: null, flags: null })(scanned('x'))).toMatchObject({
      kind: 'unavailable',
    })
    expect(await createClamav({ host: '127.0.0.1', port })(mail('x'))).toMatchObject({ kind: 'unavailable' })
  })

  it('that never answers is given up in time', async () => {
    const silent = createServer({ allowHalfOpen: true }, (socket) => void socket.resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    silent.unref()
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    expect(await createSpamd({ host: '127.0.0.1', port, timeoutMs: 200 })(scanned('x'))).toMatchObject({ check: { name: 'TIMEOUT' } })
    expect(await createClamav({ host: '127.0.0.1', port, timeoutMs: 200 })(mail('x'))).toMatchObject({
      details: 'Timed out scanning for threats',
    })
  })
})
