/** Where port 25 is closed, a SOCKS server opens the way, to nothing that we would not go to ourselves. */
import { startSocksServer } from '@posthaste/test/support/socks-server.ts'
import { describe, expect, it } from 'vitest'
import { failures, linesOf, mail, open, play, SILENCE } from './smtp-player.fixture.ts'

describe('by a SOCKS server', () => {
  it('mail is delivered over TLS, and the server is told the address that was judged', async () => {
    await using server = await startSocksServer()
    const player = await play({}, ['STARTTLS'])
    await using session = await open(player.port, { socksProxy: { ...server, login: null } })
    expect(session.secure?.version).toBe('TLSv1.3')
    expect(session.endpoint.ip).toBe('127.0.0.1')
    expect(await session.send(mail())).toMatchObject({ code: 250 })
    expect(server.requests[0]).toEqual({ host: '127.0.0.1', port: player.port, user: null })
  })

  it('a greeting is not lost that comes together with its answer', async () => {
    await using server = await startSocksServer({ glues: true })
    const player = await play()
    await using session = await open(player.port, { socksProxy: { ...server, login: null } })
    expect(await session.send(mail())).toMatchObject({ code: 250 })
  })

  it('we sign in where it wants that, and get nowhere with a wrong password', async () => {
    const login = { user: 'shop', password: 'hunter2' }
    await using server = await startSocksServer({ login })
    const player = await play()
    await using session = await open(player.port, { socksProxy: { ...server, login } })
    expect(await session.send(mail())).toMatchObject({ code: 250 })
    expect(server.requests).toMatchObject([{ user: 'shop' }])

    const wrong = await failures(player.port, { socksProxy: { ...server, login: { ...login, password: 'guess' } } })
    expect(wrong).toMatchObject([{ stage: 'connect', reason: 'closed' }])
    expect(server.requests).toHaveLength(1)
  })

  it('nobody is asked to connect to a forbidden address', async () => {
    await using server = await startSocksServer()
    const player = await play()
    const refused = await failures(player.port, { socksProxy: { ...server, login: null }, mayConnect: (ip) => ip !== '127.0.0.1' })
    expect(refused).toMatchObject([{ stage: 'connect', reason: 'forbidden' }])
    expect(server.requests).toEqual([])
    expect(linesOf(player)).toEqual([])
  })

  it('a refusal and a closed port are failures to connect, and the next address is tried', async () => {
    await using refusing = await startSocksServer({ refusal: 2 })
    const player = await play()
    expect(await failures(player.port, { socksProxy: { ...refusing, login: null } })).toMatchObject([
      { stage: 'connect', reason: 'closed' },
    ])

    await using server = await startSocksServer()
    await using session = await open(player.port, { socksProxy: { ...server, login: null }, addresses: ['127.0.0.2', '127.0.0.1'] })
    expect(session.endpoint.ip).toBe('127.0.0.1')
    expect(server.requests.map(({ host }) => host)).toEqual(['127.0.0.2', '127.0.0.1'])
  })

  it('a server that is away or silent costs no more than the time to connect', async () => {
    const mute = await play({ connect: SILENCE })
    const socksProxy = { host: '127.0.0.1', port: mute.port, login: null }
    expect(await failures(25, { socksProxy, openTimeoutMs: 150 })).toMatchObject([{ stage: 'connect' }])
    expect(await failures(25, { socksProxy: { ...socksProxy, port: 1 } })).toMatchObject([{ stage: 'connect', reason: 'closed' }])
  })
})
