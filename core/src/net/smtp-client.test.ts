import { describe, expect, it, vi } from 'vitest'
import { createPlainHosts } from './plain-hosts.ts'
import { openSmtpSession } from './smtp-client.ts'
import { failures, mail, open, options, play } from './smtp-player.fixture.ts'

describe('opening', () => {
  it('goes on to the next address, and tells what became of each', async () => {
    const player = await play({}, { address: '127.0.0.3' })
    const session = await open(player.port, { addresses: ['127.0.0.2', '127.0.0.3'] })
    expect(session.endpoint).toEqual({ ip: '127.0.0.3', port: player.port, hostname: 'mx.test' })
    await session.close()
    expect(player.lines.at(-1)).toBe('QUIT')

    const opening = await openSmtpSession(options(player.port, { addresses: ['127.0.0.2', '127.0.0.4'] }))
    expect(opening).toMatchObject({
      kind: 'failed',
      failures: [{ ip: '127.0.0.2', result: { stage: 'connect', reason: 'closed' } }, { ip: '127.0.0.4' }],
    })
  })

  it('never connects to a forbidden address', async () => {
    const player = await play()
    expect(await failures(player.port, { mayConnect: () => false })).toMatchObject([{ stage: 'connect', reason: 'forbidden' }])
    expect(player.sockets).toHaveLength(0)
  })

  it('leaves from the given address, and passes over targets of a family without one', async () => {
    const player = await play()
    await using session = await open(player.port, { addresses: ['::1', '127.0.0.1'], localAddresses: { ipv4: '127.0.0.9', ipv6: null } })
    expect(session.endpoint.ip).toBe('127.0.0.1')
    expect(player.sockets[0]?.remoteAddress).toBe('127.0.0.9')
  })

  it.each([
    [{ greeting: '554 no service' }, { kind: 'reply', stage: 'greeting', code: 554 }],
    [{ greeting: 'silence' }, { kind: 'fault', stage: 'greeting', reason: 'timeout' }],
    [{ greeting: 'hangup' }, { kind: 'fault', stage: 'greeting', reason: 'closed' }],
    [{ greeting: 'HTTP/1.0 400' }, { kind: 'fault', stage: 'greeting', reason: 'protocol' }],
    [
      { EHLO: '550 no', HELO: '550 no' },
      { kind: 'reply', stage: 'ehlo', code: 550 },
    ],
    [{ EHLO: '421 busy' }, { kind: 'reply', stage: 'ehlo', code: 421 }],
  ] as const)('fails on %j', async (script, expected) => {
    const player = await play(script)
    expect(await failures(player.port, { readTimeoutMs: 150 })).toMatchObject([expected])
  })

  it('makes do with HELO', async () => {
    const player = await play({ EHLO: '502 what', HELO: '250 mx' })
    await using session = await open(player.port)
    expect(session.extensions).toEqual([])
    expect(await session.send(mail())).toMatchObject({ code: 250 })
  })

  it('ends at once when it is cancelled', async () => {
    const player = await play({ greeting: 'silence' })
    const cancelled = new AbortController()
    const opening = failures(player.port, { signal: cancelled.signal })
    await vi.waitFor(() => expect(player.sockets).toHaveLength(1))
    cancelled.abort()
    expect(await opening).toMatchObject([{ reason: 'cancelled' }])
  })

  it('ends a transaction that is cancelled, uncertain only after the final dot', async () => {
    for (const [script, uncertain] of [
      [{ RCPT: 'silence' }, false],
      [{ final: 'silence' }, true],
    ] as const) {
      const player = await play(script)
      const cancelled = new AbortController()
      const session = await open(player.port, { signal: cancelled.signal })
      const sending = session.send(mail())
      await vi.waitFor(() => expect(uncertain ? player.bodies : player.lines.slice(2)).toHaveLength(1))
      cancelled.abort()
      expect(await sending).toMatchObject({ kind: 'fault', reason: 'cancelled', uncertain })
    }
  })

  it('is no longer alive when the server ends an idle session', async () => {
    const player = await play()
    const session = await open(player.port)
    player.sockets[0]?.end()
    await vi.waitFor(() => expect(session.alive).toBe(false))
  })
})

describe('TLS', () => {
  const offers = { EHLO: '250-mx\r\n250 STARTTLS' }

  it('is taken when offered, without looking at the certificate', async () => {
    const player = await play(offers)
    await using session = await open(player.port, { host: 'other.test' })
    expect(session.secure?.version).toBe('TLSv1.3')
    expect(await session.send(mail())).toMatchObject({ code: 250 })
  })

  it('is given up for that host for a while when the handshake fails', async () => {
    const player = await play({ ...offers, STARTTLS: 'garbage' })
    let now = new Date('2030-01-01T00:00:00Z')
    const plainHosts = createPlainHosts({ clock: () => now, rememberMs: 1_000 })
    for (const tries of [1, 1, 2]) {
      const session = await open(player.port, { plainHosts })
      expect(session.secure).toBeNull()
      expect(await session.send(mail())).toMatchObject({ code: 250 })
      await session.close()
      expect(player.lines.filter((line) => line === 'STARTTLS')).toHaveLength(tries)
      if (player.sockets.length === 3) now = new Date('2030-01-01T00:00:02Z')
    }
  })

  it('is done without when the server refuses STARTTLS in so many words', async () => {
    const player = await play({ EHLO: '250-mx\r\n250-8BITMIME\r\n250 STARTTLS', STARTTLS: '454 not now' })
    await using session = await open(player.port)
    expect(session.secure).toBeNull()
    expect(session.extensions).toContain('8BITMIME')
    expect(player.sockets).toHaveLength(1)
  })

  it('when required, is never done without', async () => {
    const tls = { mode: 'required', verify: false } as const
    expect(await failures((await play({ STARTTLS: '502 what' })).port, { tls })).toMatchObject([{ stage: 'starttls' }])
    const broken = await play({ ...offers, STARTTLS: 'garbage' })
    expect(await failures(broken.port, { tls })).toMatchObject([{ kind: 'fault', stage: 'starttls', reason: 'tls' }])
    expect(broken.sockets).toHaveLength(1)
  })

  it('when verified, asks for a certificate of the host, or of one of the given names', async () => {
    const player = await play(offers)
    const tls = { mode: 'required', verify: true } as const
    await using session = await open(player.port, { tls })
    expect(session.secure).not.toBeNull()
    expect(await failures(player.port, { tls, host: 'other.test' })).toMatchObject([{ stage: 'starttls', reason: 'tls' }])
    await using named = await open(player.port, { tls: { ...tls, names: ['policy.test', 'mx.test'] }, host: 'other.test' })
    expect(named.secure).not.toBeNull()
  })

  it('comes first when implicit', async () => {
    const { port } = await play({}, { implicitTls: true })
    await using session = await open(port, { tls: { mode: 'implicit', verify: true } })
    expect(await session.send(mail())).toMatchObject({ code: 250 })
    expect(await failures(port, { tls: { mode: 'implicit', verify: true }, host: 'other.test' })).toMatchObject([{ reason: 'tls' }])
  })
})

describe('login', () => {
  const auth = { user: 'me', password: 'secret' }

  it('proves itself before the first message', async () => {
    const player = await play({ EHLO: '250-mx\r\n250 AUTH PLAIN', AUTH: '235 fine' })
    await using session = await open(player.port, { auth, tls: { mode: 'none', verify: false } })
    expect(session.alive).toBe(true)
    expect(player.lines).toContain(`AUTH PLAIN ${Buffer.from('\0me\0secret').toString('base64')}`)
  })

  it('passes on a refusal', async () => {
    const player = await play({ EHLO: '250-mx\r\n250 AUTH PLAIN', AUTH: '535 5.7.8 no' })
    expect(await failures(player.port, { auth, tls: { mode: 'none', verify: false } })).toMatchObject([
      { kind: 'reply', stage: 'auth', code: 535 },
    ])
  })

  it('sends no password in clear unless told to do without TLS', async () => {
    const player = await play({ EHLO: '250-mx\r\n250 AUTH PLAIN', AUTH: '235 fine' })
    expect(await failures(player.port, { auth })).toMatchObject([{ kind: 'fault', stage: 'auth', reason: 'tls' }])
    expect(player.lines.join()).not.toContain('AUTH')
  })
})
