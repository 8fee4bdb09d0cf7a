/** What stands in the log, and what never does. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createGelfStream, toDatagrams, toGelf } from './gelf.ts'
import { createLogger, type LogLevel } from './logger.ts'
import { createMailLog } from './mail-log.ts'

const clock = () => new Date('2030-01-01T00:00:00Z')

function newLog(level: LogLevel = 'info') {
  const lines: string[] = []
  const log = createLogger({ level, role: 'worker', node: 3, clock, to: { write: (line) => void lines.push(line) } })
  return { log, lines, read: () => lines.map((line): Record<string, unknown> => JSON.parse(line)) }
}

describe('a line', () => {
  it('is JSON with time, level, role and node', () => {
    const { log, lines, read } = newLog()
    log.info({ event: 'x' }, 'hello')
    expect(read()).toEqual([{ level: 'info', time: '2030-01-01T00:00:00.000Z', role: 'worker', node: 3, event: 'x', message: 'hello' }])
    expect(lines[0]).toMatch(/\n$/)
  })

  it('is left out below the level, and always when the log is off', () => {
    const { log, lines } = newLog('warn')
    log.info('no')
    const off = newLog('silent')
    off.log.fatal('no')
    expect([...lines, ...off.lines]).toEqual([])
  })

  it('never shows keys, passwords or bodies by their usual names, also in headers and logins', () => {
    const { log, lines } = newLog()
    log.info({
      password: 'hunter2',
      key: 'hunter2',
      body: 'hunter2',
      login: { password: 'hunter2' },
      headers: { authorization: 'hunter2', 'x-server-api-key': 'hunter2' },
    })
    expect(lines.join()).not.toContain('hunter2')
    expect(lines.join()).toContain('[redacted]')
  })

  it('shows of a fault where it arose, but not the statement and the values it happened with', () => {
    const { log, lines, read } = newLog()
    const cause = Object.assign(new Error("You have an error\nnear 'hunter2'"), { code: 'ER_PARSE', sql: "insert 'hunter2'" })
    log.error({ error: new Error('Failed query: insert into raw_mails\nparams: hunter2', { cause }) }, 'Fault')
    expect(lines.join()).not.toContain('hunter2')
    expect(read()[0]?.error).toMatchObject({
      type: 'Error',
      message: 'Failed query: insert into raw_mails',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { code: 'ER_PARSE' },
    })
  })
})

describe('the mail log', () => {
  it('has the text that fail2ban looks for', () => {
    const { log, read } = newLog()
    const mailLog = createMailLog(log)
    mailLog.smtpAuthFailed({ dialogue: 'ABC', ipAddress: '192.0.2.1' })
    mailLog.smtpAuthFailed({ dialogue: 'ABC', ipAddress: '192.0.2.1', reason: 'invalid credential' })
    expect(read().map(({ level, event, message }) => [level, event, message])).toEqual([
      ['warn', 'smtp.auth_failed', 'Authentication failure for 192.0.2.1'],
      ['warn', 'smtp.auth_failed', 'Authentication failure for 192.0.2.1 (invalid credential)'],
    ])
  })

  it('names message, mail server and dialogue on each line of a delivery', () => {
    const { log, read } = newLog()
    const attempt = {
      messageId: 7,
      mailServerId: 8,
      dialogue: 'TRACE',
      rcptTo: 'a@example.com',
      details: 'd',
      output: '250 ok',
      sentWithTls: true,
      ms: 12,
    }
    createMailLog(log).deliverySent(attempt)
    expect(read()[0]).toMatchObject({ event: 'delivery.sent', ...attempt })
  })
})

describe('Graylog', () => {
  const about = { facility: 'postal', source: 'host-1', version: '1.0.0' }

  it('gets each line with its fields as text', async () => {
    const receiver = createSocket('udp4')
    receiver.bind(0, '127.0.0.1')
    await once(receiver, 'listening')
    const { port } = receiver.address()
    await using gelf = createGelfStream({ ...about, host: '127.0.0.1', port, randomBytes: (length) => new Uint8Array(length) })
    const log = createLogger({ level: 'info', role: 'smtp', clock, to: { write: () => undefined }, also: [gelf] })
    const received = once(receiver, 'message')
    log.warn({ event: 'x', count: 2 }, 'hello')
    const [datagram] = await received
    receiver.close()
    expect(JSON.parse(String(datagram))).toEqual({
      version: '1.1',
      host: 'host-1',
      short_message: 'hello',
      level: 4,
      timestamp: 1_893_456_000,
      facility: 'postal',
      _version: '1.0.0',
      _role: 'smtp',
      _event: 'x',
      _count: '2',
    })
  })

  it('gets long lines in chunks, and nothing of what is too long for them', () => {
    const random = () => new Uint8Array(8).fill(9)
    const chunks = toDatagrams(Buffer.alloc(3000, 'a'), random)
    expect(chunks.map((chunk) => [...chunk.subarray(0, 2), chunk[10], chunk[11]])).toEqual([0, 1, 2].map((index) => [0x1e, 0x0f, index, 3]))
    expect(Buffer.concat(chunks.map((chunk) => chunk.subarray(12)))).toEqual(Buffer.alloc(3000, 'a'))
    expect(toDatagrams(Buffer.alloc(200_000), random)).toEqual([])
    expect(String(toGelf('{}', about))).toContain('[message missing]')
  })
})
