import { connect } from 'node:net'
import { createServer } from 'node:tls'
import { startReceiver } from '@posthaste/test/support/receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import { describe, expect, it, onTestFinished } from 'vitest'
import { trustedCertificate } from './certificate.fixture.ts'
import { createPlainHosts } from './plain-hosts.ts'
import { openSmtpSession } from './smtp-client.ts'
import { failures, linesOf, mail, open, options, play, SILENCE } from './smtp-player.fixture.ts'

describe('opening', () => {
  it('goes on to the next address, and tells what became of each', async () => {
    const player = await play({}, [], '127.0.0.3')
    const session = await open(player.port, { addresses: ['127.0.0.2', '127.0.0.3'] })
    expect(session.endpoint).toEqual({ ip: '127.0.0.3', port: player.port, hostname: 'mx.test' })
    await session.close()
    expect(linesOf(player).at(-1)).toBe('QUIT')

    const opening = await openSmtpSession(options(player.port, { addresses: ['127.0.0.2', '127.0.0.4'] }))
    expect(opening).toMatchObject({
      kind: 'failed',
      failures: [{ ip: '127.0.0.2', result: { stage: 'connect', reason: 'closed' } }, { ip: '127.0.0.4' }],
    })
  })

  it('never connects to a forbidden address', async () => {
    const player = await play()
    expect(await failures(player.port, { mayConnect: () => false })).toMatchObject([{ stage: 'connect', reason: 'forbidden' }])
    expect(player.connections.total).toBe(0)
  })

  it('leaves from the given address, and passes over targets of a family without one', async () => {
    await using receiver = await startReceiver({ dns: '127.0.0.1:53' })
    const localAddresses = { ipv4: '127.0.0.9', ipv6: null }
    await using session = await open(receiver.port, { addresses: ['::1', '127.0.0.1'], localAddresses })
    expect(session.endpoint.ip).toBe('127.0.0.1')
    expect(await session.send(mail())).toMatchObject({ code: 250 })
    expect(receiver.mails).toMatchObject([{ remoteAddress: '127.0.0.9', helo: 'out.example.com', tls: 'TLSv1.3' }])
    expect(await failures(receiver.port, { addresses: ['::1'], localAddresses })).toEqual([])
  })

  it.each([
    [{ connect: '554 no service' }, { kind: 'reply', stage: 'greeting', code: 554 }],
    [{ connect: SILENCE }, { kind: 'fault', stage: 'greeting', reason: 'timeout' }],
    [{ connect: { ending: 'close' } }, { kind: 'fault', stage: 'greeting', reason: 'closed' }],
    [{ connect: { raw: 'HTTP/1.0 400\r\n' } }, { kind: 'fault', stage: 'greeting', reason: 'protocol' }],
    [
      { ehlo: '550 no', helo: '550 no' },
      { kind: 'reply', stage: 'ehlo', code: 550 },
    ],
    [{ ehlo: '421 busy' }, { kind: 'reply', stage: 'ehlo', code: 421 }],
  ] as const)('fails on %j', async (script, expected) => {
    const player = await play(script)
    expect(await failures(player.port, { readTimeoutMs: 150 })).toMatchObject([expected])
  })

  it('makes do with HELO', async () => {
    const player = await play({ ehlo: '502 what' })
    await using session = await open(player.port)
    expect(session.extensions).toEqual([])
    expect(await session.send(mail())).toMatchObject({ code: 250 })
  })

  it('ends at once when it is cancelled', async () => {
    const player = await play({ connect: SILENCE })
    const cancelled = new AbortController()
    const opening = failures(player.port, { signal: cancelled.signal, addresses: ['127.0.0.1', '127.0.0.1'] })
    await until(() => player.connections.total === 1, { what: 'the connection' })
    cancelled.abort()
    expect(await opening).toMatchObject([{ reason: 'cancelled' }])
  })

  it('ends a transaction that is cancelled, uncertain only after the final dot', async () => {
    for (const [script, uncertain] of [
      [{ rcpt: SILENCE }, false],
      [{ content: SILENCE }, true],
    ] as const) {
      const player = await play(script)
      const cancelled = new AbortController()
      const session = await open(player.port, { signal: cancelled.signal })
      const sending = session.send(mail())
      await until(() => (uncertain ? player.mails : linesOf(player).slice(2)).length === 1, { what: 'the transaction' })
      cancelled.abort()
      expect(await sending).toMatchObject({ kind: 'fault', reason: 'cancelled', uncertain })
    }
  })
})

describe('TLS', () => {
  const STARTTLS = ['STARTTLS']
  const BROKEN = { starttls: { reply: '220 go', breakTls: true } } as const

  it('is taken when offered, without looking at the certificate', async () => {
    const player = await play({}, STARTTLS)
    await using session = await open(player.port, { host: 'other.test' })
    expect(session.secure?.version).toBe('TLSv1.3')
    expect(await session.send(mail())).toMatchObject({ code: 250 })
    expect(player.mails[0]?.tls).toBe(true)
  })

  it('is given up for that host and port for a while when the handshake fails', async () => {
    const player = await play(BROKEN, STARTTLS)
    let now = new Date('2030-01-01T00:00:00Z')
    const plainHosts = createPlainHosts({ clock: () => now, rememberMs: 1_000 })
    for (const tries of [1, 1, 2]) {
      const session = await open(player.port, { plainHosts })
      expect(session.secure).toBeNull()
      expect(await session.send(mail())).toMatchObject({ code: 250 })
      await session.close()
      expect(linesOf(player).filter((line) => line === 'STARTTLS')).toHaveLength(tries)
      if (player.connections.total === 3) now = new Date('2030-01-01T00:00:02Z')
    }
    await using elsewhere = await open((await play({}, STARTTLS)).port, { plainHosts })
    expect(elsewhere.secure).not.toBeNull()
  })

  it('is done without when the server refuses STARTTLS in so many words', async () => {
    const player = await play({ starttls: '454 not now' }, ['8BITMIME', ...STARTTLS])
    await using session = await open(player.port)
    expect(session.secure).toBeNull()
    expect(session.extensions).toContain('8BITMIME')
    expect(player.connections.total).toBe(1)
  })

  it('when required, is never done without', async () => {
    const tls = { mode: 'required', verify: false } as const
    expect(await failures((await play()).port, { tls })).toMatchObject([{ kind: 'reply', stage: 'starttls', code: 502 }])
    const broken = await play(BROKEN, STARTTLS)
    expect(await failures(broken.port, { tls })).toMatchObject([{ kind: 'fault', stage: 'starttls', reason: 'tls' }])
    expect(broken.connections.total).toBe(1)
    expect(linesOf(broken).join()).not.toContain('MAIL')
  })

  it('when verified, asks for a certificate of the host, or of one of the given names', async () => {
    const player = await play({}, STARTTLS)
    const tls = { mode: 'required', verify: true } as const
    await using session = await open(player.port, { tls })
    expect(session.secure).not.toBeNull()
    expect(await failures(player.port, { tls, host: 'other.test' })).toMatchObject([{ stage: 'starttls', reason: 'tls' }])
    await using named = await open(player.port, { tls: { ...tls, names: ['policy.test', 'mx.test'] }, host: 'other.test' })
    expect(named.secure).not.toBeNull()
  })

  it('comes first when implicit', async () => {
    const player = await play()
    const certificate = await trustedCertificate()
    const wrapper = createServer(certificate, (socket) => {
      const inner = connect(player.port, player.host)
      socket.on('error', () => inner.destroy())
      inner.on('error', () => socket.destroy())
      socket.pipe(inner).pipe(socket)
    })
    onTestFinished(() => void wrapper.close())
    await new Promise<void>((resolve) => wrapper.listen(0, '127.0.0.1', resolve))
    const address = wrapper.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const tls = { mode: 'implicit', verify: true } as const
    await using session = await open(port, { tls })
    expect(await session.send(mail())).toMatchObject({ code: 250 })
    expect(session.secure?.version).toBe('TLSv1.3')
    expect(await failures(port, { tls, host: 'other.test' })).toMatchObject([{ reason: 'tls' }])
  })
})

describe('login', () => {
  const auth = { user: 'me', password: 'secret' }
  const PLAIN = { mode: 'none', verify: false } as const

  it('proves itself before the first message', async () => {
    const player = await play({ other: '235 fine' }, ['AUTH PLAIN'])
    await using session = await open(player.port, { auth, tls: PLAIN })
    expect(session.alive).toBe(true)
    expect(linesOf(player)).toContain(`AUTH PLAIN ${Buffer.from('\0me\0secret').toString('base64')}`)
  })

  it('passes on a refusal', async () => {
    const player = await play({ auth: '535 5.7.8 no' }, ['AUTH PLAIN'])
    expect(await failures(player.port, { auth, tls: PLAIN })).toMatchObject([{ kind: 'reply', stage: 'auth', code: 535 }])
  })

  it('sends no password in clear unless told to do without TLS', async () => {
    const player = await play({ other: '235 fine' }, ['AUTH PLAIN'])
    expect(await failures(player.port, { auth })).toMatchObject([{ kind: 'fault', stage: 'auth', reason: 'tls' }])
    expect(linesOf(player).join()).not.toContain('AUTH')
  })
})
