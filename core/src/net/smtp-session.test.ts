import { describe, expect, it, vi } from 'vitest'
import { ANSWERS, mail, open, play } from './smtp-player.fixture.ts'

describe('a session', () => {
  it('carries many messages over one connection', async () => {
    const player = await play()
    await using session = await open(player.port)
    for (let n = 0; n < 3; n++)
      expect(await session.send(mail())).toMatchObject({ kind: 'reply', stage: 'final', code: 250, enhanced: '2.0.0' })
    expect(player.sockets).toHaveLength(1)
    expect(player.lines.slice(0, 4)).toEqual([
      'EHLO out.example.com',
      'MAIL FROM:<abc+tok@rp.example.com>',
      'RCPT TO:<ann@example.org>',
      'DATA',
    ])
  })

  it('sends the envelope in one piece where the server pipelines', async () => {
    const player = await play({ EHLO: '250-mx\r\n250 PIPELINING' })
    await using session = await open(player.port)
    expect(await session.send(mail())).toMatchObject({ stage: 'final', code: 250 })
    expect(session.extensions).toEqual(['PIPELINING'])
  })

  it('declares size and 8-bit content to servers that know these', async () => {
    const player = await play({ EHLO: '250-mx\r\n250-SIZE 1000\r\n250 8BITMIME' })
    await using session = await open(player.port)
    await session.send(mail('Subject: hé\r\n\r\n'))
    await session.send({ ...mail('Subject: hi\r\n\r\n'), mailFrom: '' })
    expect(player.lines.filter((line) => line.startsWith('MAIL'))).toEqual([
      'MAIL FROM:<abc+tok@rp.example.com> BODY=8BITMIME SIZE=16',
      'MAIL FROM:<> SIZE=15',
    ])
  })

  it('does not offer what is larger than the server takes', async () => {
    const player = await play({ EHLO: '250-mx\r\n250 SIZE 10' })
    await using session = await open(player.port)
    expect(await session.send(mail())).toMatchObject({ kind: 'fault', reason: 'too_large', uncertain: false })
    expect(session.alive).toBe(true)
  })

  it('doubles leading dots, and lets no lone CR or LF through', async () => {
    const player = await play()
    await using session = await open(player.port)
    await session.send(mail('Subject: a\n\n.dot\r\n..two\r\n.\r\nx\n.\ny\r.\rz'))
    expect(player.bodies).toEqual(['Subject: a\r\n\r\n..dot\r\n...two\r\n..\r\nx\r\n..\r\ny\r\n..\r\nz'])
  })

  it('sends large mails whole', async () => {
    const player = await play()
    await using session = await open(player.port)
    const body = `${'0123456789'.repeat(7)}\r\n`.repeat(10_000)
    expect(await session.send(mail(body))).toMatchObject({ stage: 'final', code: 250 })
    expect(player.bodies[0]?.length).toBe(body.length - 2)
  })

  it('takes internationalized mailboxes only to servers that know them, and writes such domains in ASCII', async () => {
    const player = await play()
    await using session = await open(player.port)
    expect(await session.send({ ...mail(), rcptTo: 'jörg@example.org' })).toMatchObject({ reason: 'needs_smtputf8' })
    await session.send({ ...mail(), rcptTo: 'ann@bücher.example' })
    expect(player.lines).toContain('RCPT TO:<ann@xn--bcher-kva.example>')

    const modern = await play({ EHLO: '250-mx\r\n250 SMTPUTF8' })
    await using other = await open(modern.port)
    await other.send({ ...mail(), rcptTo: 'jörg@example.org' })
    expect(modern.lines).toContain('MAIL FROM:<abc+tok@rp.example.com> SMTPUTF8')
  })

  it.each([
    ['mail', { MAIL: '451 4.3.0 not now' }, { MAIL: '451 4.3.0 not now', RCPT: '503 no', DATA: '503 no' }],
    ['rcpt', { RCPT: '451 4.3.0 not now' }, { RCPT: '451 4.3.0 not now', DATA: '554 no recipients' }],
    ['data', { DATA: '451 4.3.0 not now' }, { DATA: '451 4.3.0 not now' }],
    ['final', { final: '451 4.3.0 not now' }, { final: '451 4.3.0 not now' }],
  ] as const)('says that %s was refused, and carries the next message', async (stage, script, pipelined) => {
    for (const [EHLO, refusals] of [
      ['250 mx', script],
      ['250-mx\r\n250 PIPELINING', pipelined],
    ] as const) {
      const player = await play({ EHLO, ...refusals })
      await using session = await open(player.port)
      expect(await session.send(mail())).toMatchObject({ kind: 'reply', stage, code: 451, enhanced: '4.3.0' })
      Object.assign(player.script, ANSWERS, { EHLO })
      expect(await session.send(mail())).toMatchObject({ stage: 'final', code: 250 })
      expect(player.lines.filter((line) => line === 'RSET')).toHaveLength(1)
      expect(player.sockets).toHaveLength(1)
    }
  })

  it('keeps all lines of a reply', async () => {
    const player = await play({ RCPT: '550-5.7.26 first\r\n550 5.7.26 second' })
    await using session = await open(player.port)
    expect(await session.send(mail())).toMatchObject({ code: 550, enhanced: '5.7.26', text: '550-5.7.26 first\n550 5.7.26 second' })
  })

  it('is over after 421, whose words it passes on', async () => {
    const player = await play({ RCPT: '421 4.7.0 too many connections', EHLO: '250-mx\r\n250 PIPELINING' })
    const session = await open(player.port)
    expect(await session.send(mail())).toMatchObject({ kind: 'reply', code: 421 })
    expect(session.alive).toBe(false)
    expect(await session.send(mail())).toMatchObject({ kind: 'fault', reason: 'closed', uncertain: false })
  })
})

describe('the final dot', () => {
  it('waits, also after a large mail, until the sender has noted that the outcome may become unknown', async () => {
    const player = await play()
    await using session = await open(player.port)
    let letGo: () => void = () => undefined
    const asked = vi.fn(
      () =>
        new Promise<void>((resolve) => {
          letGo = resolve
        }),
    )
    const sending = session.send(mail('x'.repeat(200_000), asked))
    await vi.waitFor(() => expect(asked).toHaveBeenCalled())
    await using other = await open(player.port)
    await other.send(mail('another\r\n'))
    expect(player.bodies).toEqual(['another'])
    letGo()
    expect(await sending).toMatchObject({ code: 250 })
    expect(player.bodies).toHaveLength(2)
  })

  it('is never sent when that note fails', async () => {
    const player = await play()
    const session = await open(player.port)
    const noNote = async () => {
      throw new Error('the database is away')
    }
    await expect(session.send(mail(undefined, noNote))).rejects.toThrow('the database is away')
    expect(session.alive).toBe(false)
    await vi.waitFor(() => expect(player.sockets[0]?.destroyed).toBe(true))
    expect(player.bodies).toEqual([])
  })

  it.each(['hangup', 'silence'])('leaves the outcome uncertain when the reply to it is lost by %s', async (final) => {
    const player = await play({ final })
    const session = await open(player.port, { finalDotTimeoutMs: 100 })
    expect(await session.send(mail())).toMatchObject({
      kind: 'fault',
      stage: 'final',
      uncertain: true,
      reason: final === 'hangup' ? 'closed' : 'timeout',
    })
    expect(session.alive).toBe(false)
  })

  it.each(['MAIL', 'RCPT', 'DATA'])('leaves no doubt when the connection is lost at %s', async (verb) => {
    const player = await play({ [verb]: 'hangup' })
    const session = await open(player.port)
    expect(await session.send(mail())).toMatchObject({ kind: 'fault', reason: 'closed', uncertain: false })
  })

  it('waits longer for its reply than for others', async () => {
    const player = await play({ final: 'silence' })
    await using session = await open(player.port, { readTimeoutMs: 150, finalDotTimeoutMs: 5_000 })
    const sending = session.send(mail())
    await vi.waitFor(() => expect(player.bodies).toHaveLength(1))
    setTimeout(() => player.sockets[0]?.write('250 at last\r\n'), 400)
    expect(await sending).toMatchObject({ code: 250, text: '250 at last' })
    player.script.MAIL = 'silence'
    expect(await session.send(mail())).toMatchObject({ reason: 'timeout', uncertain: false })
  })

  it('does not follow a mail that was answered before its end', async () => {
    for (const [answer, expected] of [
      ['250 fine', { kind: 'fault', reason: 'protocol', uncertain: false }],
      ['552 5.3.4 too big', { kind: 'reply', code: 552 }],
    ] as const) {
      const player = await play({ DATA: `354 go\r\n${answer}` })
      const session = await open(player.port)
      const never = () => new Promise<void>(() => undefined)
      expect(await session.send(mail(undefined, never))).toMatchObject(expected)
      expect(session.alive).toBe(false)
      expect(player.bodies).toEqual([])
    }
  })
})
