/** Real scanners judge real samples: spamd and rspamd with GTUBE, clamd with EICAR. Skipped, loudly, where they are not installed. */
import { createServer } from 'node:net'
import { createClamav } from '@posthaste/core/net/inspectors/clamav.ts'
import type { Scanned } from '@posthaste/core/net/inspectors/inspection.ts'
import { createRspamd } from '@posthaste/core/net/inspectors/rspamd.ts'
import { createSpamd } from '@posthaste/core/net/inspectors/spamd.ts'
import { freePort } from '@posthaste/test/support/free-port.ts'
import { until } from '@posthaste/test/support/until.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLAMD, EICAR, GTUBE, RSPAMD, type RunningScanner, SPAMD, startClamd, startRspamd, startSpamd } from './scanner-programs.ts'

const TIMEOUT_MS = 15_000

const mail = (body: string): Buffer =>
  Buffer.from(
    `Received: from mx.client.test (mx.client.test [192.0.2.1]) by mx.mail.test with ESMTP; Mon, 02 Mar 2026 09:00:00 +0000\r\nFrom: Ana <ana@client.test>\r\nTo: help@shop.test\r\nSubject: Hello\r\nMessage-ID: <1@client.test>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n\r\n${body}\r\n`,
  )

const scanned = (body: string, scope: Scanned['scope'] = 'incoming'): Scanned => ({
  ...{ raw: mail(body), mailFrom: 'ana@client.test', rcptTo: 'help@shop.test', token: 'token', scope },
})

const running: RunningScanner[] = []
afterAll(async () => {
  for (const scanner of running) await scanner[Symbol.asyncDispose]()
})
const started = async (scanner: Promise<RunningScanner>): Promise<number> => {
  running.push(await scanner)
  return (await scanner).port
}

describe.skipIf(!SPAMD)('spamd', () => {
  let port: number
  beforeAll(async () => {
    port = await started(startSpamd())
  }, 90_000)

  it('finds GTUBE to be spam, and says by which rule', async () => {
    const finding = await createSpamd({ host: '127.0.0.1', port, timeoutMs: TIMEOUT_MS })(scanned(GTUBE))
    expect(finding).toMatchObject({ kind: 'judged', checks: expect.arrayContaining([expect.objectContaining({ name: 'GTUBE' })]) })
    expect(finding.kind === 'judged' && finding.score).toBeGreaterThan(900)
  })

  it('lets an ordinary mail pass', async () => {
    const finding = await createSpamd({ host: '127.0.0.1', port, timeoutMs: TIMEOUT_MS })(scanned('The parcel arrives on Monday.'))
    expect(finding.kind === 'judged' && finding.score).toBeLessThan(5)
  })

  it('does not hold against outgoing mail that it has not travelled yet', async () => {
    const finding = await createSpamd({ host: '127.0.0.1', port, timeoutMs: TIMEOUT_MS })(
      scanned('The parcel arrives on Monday.', 'outgoing'),
    )
    const names = finding.kind === 'judged' ? finding.checks.map(({ name }) => name) : []
    expect(names.filter((name) => /^(?:NO_RELAYS|NO_RECEIVED|SPF_|HELO_|RCVD_IN_)/.test(name))).toEqual([])
  })
})

describe.skipIf(!RSPAMD)('rspamd', () => {
  let port: number
  beforeAll(async () => {
    port = await started(startRspamd())
    const ask = createRspamd({ host: '127.0.0.1', port, tls: false, password: null, flags: null, timeoutMs: 5_000 })
    await until(async () => (await ask(scanned('ready?'))).kind === 'judged', { what: 'rspamd to judge', timeoutMs: 60_000 })
  }, 300_000)

  it('finds GTUBE to be spam', async () => {
    const finding = await createRspamd({ host: '127.0.0.1', port, tls: false, password: null, flags: null, timeoutMs: TIMEOUT_MS })(
      scanned(GTUBE),
    )
    expect(finding.kind).toBe('judged')
    expect(finding.kind === 'judged' && finding.score).toBeGreaterThanOrEqual(15)
  })

  it('lets an ordinary mail pass', async () => {
    const finding = await createRspamd({ host: '127.0.0.1', port, tls: false, password: null, flags: null, timeoutMs: TIMEOUT_MS })(
      scanned('The parcel arrives on Monday.'),
    )
    expect(finding.kind === 'judged' && finding.score).toBeLessThan(6)
  })
})

describe.skipIf(!CLAMD)('clamd', () => {
  let port: number
  beforeAll(async () => {
    port = await started(startClamd())
  }, 90_000)

  const scan = (body: string) => createClamav({ host: '127.0.0.1', port, timeoutMs: TIMEOUT_MS })(mail(body))

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
    expect(await createSpamd({ host: '127.0.0.1', port, timeoutMs: TIMEOUT_MS })(scanned('x'))).toMatchObject({
      kind: 'unavailable',
      check: { name: 'ERROR' },
    })
    expect(
      await createRspamd({ host: '127.0.0.1', port, tls: false, password: null, flags: null, timeoutMs: TIMEOUT_MS })(scanned('x')),
    ).toMatchObject({
      kind: 'unavailable',
    })
    expect(await createClamav({ host: '127.0.0.1', port, timeoutMs: TIMEOUT_MS })(mail('x'))).toMatchObject({ kind: 'unavailable' })
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
