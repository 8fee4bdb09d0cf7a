import { createServer } from 'node:net'
import { until } from '@posthaste/test/support/until.ts'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { bodiesOf, HANGUP, linesOf, mail, open, play, SILENCE } from './smtp-player.fixture.ts'

const PIPELINING = ['PIPELINING']

describe('a session', () => {
  it('carries many messages over one connection', async () => {
    const player = await play()
    await using session = await open(player.port)
    for (let n = 0; n < 3; n++) {
      expect(await session.send(mail())).toMatchObject({ kind: 'reply', stage: 'final', code: 250, enhanced: '2.0.0' })
    }
    expect(player.mailsPerConnection()).toEqual([3])
    expect(linesOf(player).slice(0, 4)).toEqual([
      'EHLO out.example.com',
      'MAIL FROM:<abc+tok@rp.example.com>',
      'RCPT TO:<ann@example.org>',
      'DATA',
    ])
  })

  it('sends the envelope in one go where the server pipelines, and small mails together with their dot', async () => {
    const heard: string[] = []
    const replies = ['250-mx\r\n250 PIPELINING\r\n', '250 ok\r\n250 ok\r\n354 go\r\n', '250 fine\r\n']
    const server = createServer((socket) => {
      socket.write('220 mx\r\n')
      socket.on('data', (piece) => {
        heard.push(piece.toString())
        socket.write(replies.shift() ?? '221 bye\r\n')
      })
    })
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    await using session = await open(typeof address === 'object' ? (address?.port ?? 0) : 0)
    expect(await session.send(mail('hello\r\n'))).toMatchObject({ stage: 'final', code: 250 })
    expect(session.extensions).toEqual(PIPELINING)
    expect(heard.slice(1)).toEqual(['MAIL FROM:<abc+tok@rp.example.com>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n', 'hello\r\n.\r\n'])
  })

  it('declares size and 8-bit content to servers that know these', async () => {
    const player = await play({}, ['SIZE 1000', '8BITMIME'])
    await using session = await open(player.port)
    await session.send(mail('Subject: hé\r\n\r\n'))
    await session.send({ ...mail('Subject: hi\r\n\r\n'), mailFrom: '' })
    expect(linesOf(player).filter((line) => line.startsWith('MAIL'))).toEqual([
      'MAIL FROM:<abc+tok@rp.example.com> BODY=8BITMIME SIZE=16',
      'MAIL FROM:<> SIZE=15',
    ])
  })

  it('does not offer what is larger than the server takes', async () => {
    const player = await play({}, ['SIZE 10'])
    await using session = await open(player.port)
    expect(await session.send(mail())).toMatchObject({ kind: 'fault', reason: 'too_large', uncertain: false })
    expect(session.alive).toBe(true)
  })

  it('doubles leading dots, and lets no lone CR or LF through', async () => {
    const player = await play()
    await using session = await open(player.port)
    await session.send(mail('Subject: a\n\n.dot\r\n..two\r\n.\r\nx\n.\ny\r.\rz'))
    expect(bodiesOf(player)).toEqual(['Subject: a\r\n\r\n..dot\r\n...two\r\n..\r\nx\r\n..\r\ny\r\n..\r\nz\r\n'])
  })

  it('sends large mails whole', async () => {
    const player = await play()
    await using session = await open(player.port)
    const body = `${'0123456789'.repeat(7)}\r\n`.repeat(50_000)
    expect(await session.send(mail(body))).toMatchObject({ stage: 'final', code: 250 })
    expect(bodiesOf(player)[0] === body).toBe(true)
  })

  it('takes internationalized mailboxes only to servers that know them, and writes such domains in ASCII', async () => {
    const player = await play()
    await using session = await open(player.port)
    expect(await session.send({ ...mail(), rcptTo: 'jörg@example.org' })).toMatchObject({ reason: 'needs_smtputf8' })
    await session.send({ ...mail(), rcptTo: 'ann@bücher.example' })
    expect(linesOf(player)).toContain('RCPT TO:<ann@xn--bcher-kva.example>')

    const modern = await play({}, ['SMTPUTF8'])
    await using other = await open(modern.port)
    await other.send({ ...mail(), rcptTo: 'jörg@example.org' })
    expect(linesOf(modern)).toContain('MAIL FROM:<abc+tok@rp.example.com> SMTPUTF8')
  })

  it.each([
    ['mail', { mail: '451 4.3.0 not now' }, { rcpt: '503 no', data: '503 no' }],
    ['rcpt', { rcpt: '451 4.3.0 not now' }, { data: '554 no recipients' }],
    ['data', { data: '451 4.3.0 not now' }, {}],
    ['final', { content: '451 4.3.0 not now' }, {}],
  ] as const)('says that %s was refused, and carries the next message', async (stage, refusal, consequence) => {
    for (const features of [[], PIPELINING]) {
      const player = await play({ ...refusal, ...(features.length > 0 ? consequence : {}) }, features)
      await using session = await open(player.port)
      expect(await session.send(mail())).toMatchObject({ kind: 'reply', stage, code: 451, enhanced: '4.3.0' })
      player.play({})
      expect(await session.send(mail())).toMatchObject({ stage: 'final', code: 250 })
      expect(linesOf(player).filter((line) => line === 'RSET')).toHaveLength(1)
      expect(player.connections.total).toBe(1)
    }
  })

  it('keeps all lines of a reply', async () => {
    const player = await play({ rcpt: ['550-5.7.26 first', '550 5.7.26 second'] })
    await using session = await open(player.port)
    expect(await session.send(mail())).toMatchObject({ code: 550, enhanced: '5.7.26', text: '550-5.7.26 first\n550 5.7.26 second' })
  })

  it('is over after 421, whose words it passes on', async () => {
    const player = await play({ rcpt: '421 4.7.0 too many connections' }, PIPELINING)
    const session = await open(player.port)
    expect(await session.send(mail())).toMatchObject({ kind: 'reply', code: 421 })
    expect(session.alive).toBe(false)
    expect(await session.send(mail())).toMatchObject({ kind: 'fault', reason: 'closed', uncertain: false })
  })

  it('is no longer alive when the server has ended it', async () => {
    const player = await play({ content: { reply: '250 fine', ending: 'close' } })
    const session = await open(player.port)
    expect(await session.send(mail())).toMatchObject({ code: 250 })
    await until(() => !session.alive, { what: 'the end' })
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
    await until(() => asked.mock.calls.length > 0, { what: 'the question' })
    await using other = await open(player.port)
    await other.send(mail('another\r\n'))
    expect(bodiesOf(player)).toEqual(['another\r\n'])
    letGo()
    expect(await sending).toMatchObject({ code: 250 })
    expect(bodiesOf(player)).toHaveLength(2)
  })

  it('is never sent when that note fails', async () => {
    const player = await play()
    const session = await open(player.port)
    const noNote = async () => {
      throw new Error('the database is away')
    }
    await expect(session.send(mail(undefined, noNote))).rejects.toThrow('the database is away')
    expect(session.alive).toBe(false)
    await until(() => player.connections.open === 0, { what: 'the end' })
    expect(bodiesOf(player)).toEqual([])
  })

  it.each([
    [HANGUP, 'closed'],
    [SILENCE, 'timeout'],
    [{ raw: 'nonsense\r\n' }, 'protocol'],
  ] as const)('leaves the outcome uncertain when the reply to it is lost: %j', async (content, reason) => {
    const player = await play({ content })
    const session = await open(player.port, { finalDotTimeoutMs: 100 })
    expect(await session.send(mail())).toMatchObject({ kind: 'fault', stage: 'final', uncertain: true, reason })
  })

  it.each(['mail', 'rcpt', 'data'] as const)('leaves no doubt when the connection is lost at %s', async (stage) => {
    for (const features of [[], PIPELINING]) {
      const player = await play({ [stage]: HANGUP }, features)
      const session = await open(player.port)
      expect(await session.send(mail())).toMatchObject({ kind: 'fault', reason: 'closed', uncertain: false })
    }
  })

  it('waits longer for its reply than for others', async () => {
    const player = await play({ content: { stallMs: 400, reply: '250 at last' } })
    await using session = await open(player.port, { readTimeoutMs: 150, finalDotTimeoutMs: 5_000 })
    expect(await session.send(mail())).toMatchObject({ code: 250, text: '250 at last' })
    player.play({ mail: SILENCE })
    expect(await session.send(mail())).toMatchObject({ reason: 'timeout', uncertain: false })
  })

  it.each([
    ['250 fine', { kind: 'fault', reason: 'protocol', uncertain: false }],
    ['552 5.3.4 too big', { kind: 'reply', code: 552 }],
  ] as const)('does not follow a mail that was answered before its end with %s', async (answer, expected) => {
    const player = await play({ data: { raw: `354 go\r\n${answer}\r\n` } })
    const session = await open(player.port)
    const never = () => new Promise<void>(() => undefined)
    expect(await session.send(mail(undefined, never))).toMatchObject(expected)
    expect(session.alive).toBe(false)
    expect(bodiesOf(player)).toEqual([])
  })
})
