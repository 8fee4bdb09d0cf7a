/** Programs that people send mail with, against our ports. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FrontDoor, openFrontDoor } from '../dialogues/front-door.ts'
import { forgetMessages, storedMessages } from '../dialogues/stored.ts'
import { freePort } from '../support/free-port.ts'
import { playDialogue } from '../support/smtp-client.ts'
import { until } from '../support/until.ts'
import { installed, runProgram, startExim, startPostfix } from './smtp-programs.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door[Symbol.asyncDispose]())
beforeEach(() => forgetMessages(door.database.db))

const MAIL = 'From: a@shop.test\r\nTo: ana@remote.test\r\nSubject: by a real client\r\n\r\n.a line with a dot\r\nGrüße\r\n'

/** The mail that has just been handed in, as it is stored. */
async function theMail() {
  const messages = await storedMessages(door.database.db)
  expect(messages).toHaveLength(1)
  const [message] = messages
  expect(message?.raw).toContain('\r\n\r\n.a line with a dot\r\nGrüße\r\n')
  return { protocol: / with (\w+);/.exec(message?.raw ?? '')?.[1], ...message }
}

describe.skipIf(!installed('swaks'))('swaks', () => {
  const swaks = (...args: string[]) =>
    runProgram(
      'swaks',
      ['--server', '127.0.0.1', '-f', 'a@shop.test', '-t', 'ana@remote.test', '-au', 'x', '-ap', door.shop.key, '-d', '-', ...args],
      MAIL,
    )

  it.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('submits with AUTH %s inside STARTTLS', async (mechanism) => {
    const user = mechanism === 'CRAM-MD5' ? ['-au', door.shop.name] : []
    const ran = await swaks('--port', `${door.ports.submission}`, '-tls', '-a', mechanism, ...user)
    expect(ran).toMatchObject({ code: 0 })
    expect((await theMail()).protocol).toBe('ESMTPSA')
  })

  it('submits with a pipeline inside TLS', async () => {
    expect((await swaks('--port', `${door.ports.submissions}`, '-tlsc', '-a', 'PLAIN', '--pipeline')).code).toBe(0)
    expect((await theMail()).protocol).toBe('ESMTPSA')
  })

  it('submits in clear where Postal did', async () => {
    expect((await swaks('--port', `${door.ports.postal}`, '-a', 'LOGIN')).code).toBe(0)
    expect((await theMail()).protocol).toBe('ESMTPA')
  })

  it('sees why a wrong key is refused', async () => {
    const ran = await swaks('--port', `${door.ports.postal}`, '-a', 'PLAIN', '-ap', 'wrong')
    expect(ran.code).not.toBe(0)
    expect(ran.output).toContain('535 5.7.8 Invalid credential')
  })
})

describe.skipIf(!installed('/usr/bin/python3', 'python3'))("Python's smtplib", () => {
  it.each([
    ['with STARTTLS and the mechanism it prefers', 'smtplib.SMTP', 'submission', 's.starttls(context=c)'],
    ['inside TLS', 'smtplib.SMTP_SSL', 'submissions', 'pass'],
  ] as const)('submits %s', async (_how, type, listener, upgrade) => {
    const tls = type === 'smtplib.SMTP_SSL' ? ', context=c' : ''
    const script = `import smtplib, ssl, sys
c = ssl.create_default_context(cafile=${JSON.stringify(door.certificate.certificatePath)})
with ${type}('localhost', ${door.ports[listener]}${tls}) as s:
    ${upgrade}
    s.login(${JSON.stringify(door.shop.name)}, ${JSON.stringify(door.shop.key)})
    s.sendmail('a@shop.test', ['ana@remote.test'], sys.stdin.buffer.read(), mail_options=['BODY=8BITMIME'])`
    expect(await runProgram('/usr/bin/python3', ['-c', script], MAIL)).toEqual({ code: 0, output: '' })
    expect((await theMail()).protocol).toBe('ESMTPSA')
  })
})

describe.skipIf(!installed('msmtp'))('msmtp', () => {
  it.each(['plain', 'login', 'cram-md5'])('submits with %s', async (mechanism) => {
    const args = ['--host=127.0.0.1', `--port=${door.ports.submission}`, '--tls=on', '--tls-certcheck=off', `--auth=${mechanism}`]
    const login = [`--user=${door.shop.name}`, `--passwordeval=echo ${door.shop.key}`, '--from=a@shop.test', 'ana@remote.test']
    expect(await runProgram('msmtp', [...args, ...login], MAIL.replaceAll('\r\n', '\n'))).toMatchObject({ code: 0 })
    expect((await theMail()).protocol).toBe('ESMTPSA')
  })
})

describe.skipIf(!installed('curl'))('curl', () => {
  it.each([
    ['smtp', 'submission'],
    ['smtps', 'submissions'],
  ] as const)('submits by %s', async (scheme, listener) => {
    const envelope = ['--mail-from', 'a@shop.test', '--mail-rcpt', 'ana@remote.test', '--upload-file', '-']
    const url = `${scheme}://localhost:${door.ports[listener]}`
    const ran = await runProgram(
      'curl',
      ['-sS', '--ssl-reqd', '--cacert', door.certificate.certificatePath, '-u', `${door.shop.name}:${door.shop.key}`, ...envelope, url],
      MAIL,
    )
    expect(ran).toEqual({ code: 0, output: '' })
    expect((await theMail()).protocol).toBe('ESMTPSA')
  })
})

describe.skipIf(!installed('openssl'))('openssl s_client', () => {
  it.each([
    ['port 25', 'mx', ['-starttls', 'smtp']],
    ['port 587', 'submission', ['-starttls', 'smtp']],
    ['port 465', 'submissions', []],
  ] as const)('verifies our certificate and talks on %s', async (_name, listener, args) => {
    const verify = [
      '-CAfile',
      door.certificate.certificatePath,
      '-verify_return_error',
      '-verify_hostname',
      'localhost',
      '-crlf',
      '-ign_eof',
    ]
    const ran = await runProgram(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${door.ports[listener]}`, ...args, ...verify],
      'EHLO x\nQUIT\n',
    )
    expect(ran.output).toContain('Verify return code: 0 (ok)')
    expect(ran.output).toContain('221 2.0.0 Closing Connection')
  })
})

describe('relays', () => {
  const incoming = (to: string) => MAIL.replace('ana@remote.test', to)
  const arrived = async () =>
    until(async () => (await storedMessages(door.database.db)).length > 0, { what: 'the mail', timeoutMs: 30_000 })

  it('Postfix delivers over STARTTLS, several recipients at once, and is told of the one that is refused', async (context) => {
    await using postfix = await startPostfix(door.ports.mx)
    if (!postfix) return context.skip()
    expect(
      await postfix.send(incoming('any@shop.test'), 'b@world.test', ['any@shop.test', 'no@shop.test', 'other@shop.test']),
    ).toMatchObject({ code: 0 })
    await arrived()
    const messages = await storedMessages(door.database.db)
    expect(messages.map(({ rcpt_to }) => rcpt_to).sort()).toEqual(['any@shop.test', 'other@shop.test'])
    expect(messages[0]).toMatchObject({ received_with_tls: 1, mail_from: 'b@world.test' })
    expect(messages[0]?.raw).toContain('.a line with a dot\r\nGrüße\r\n')
    await until(async () => (await postfix.log()).includes('550 5.7.1 Route does not accept incoming messages'), {
      what: "Postfix's log",
      timeoutMs: 20_000,
    })
  })

  it('Exim delivers over STARTTLS', async (context) => {
    await using exim = await startExim(door.ports.mx)
    if (!exim) return context.skip()
    const ran = await exim.send(incoming('any@shop.test'), 'b@world.test', ['any@shop.test'])
    expect(ran).toMatchObject({ code: 0 })
    await arrived().catch(async (fault: unknown) => {
      throw new Error(await exim.log(), { cause: fault })
    })
    expect(await storedMessages(door.database.db)).toMatchObject([{ received_with_tls: 1, mail_from: 'b@world.test' }])
  })
})

describe.skipIf(!installed('haproxy'))('haproxy', () => {
  it.each(['send-proxy', 'send-proxy-v2'])('tells us by %s who the client is', async (option) => {
    await using behind = await openFrontDoor({ settings: { proxies: ['127.0.0.1'] } })
    const port = await freePort()
    const directory = await mkdtemp(join(tmpdir(), 'haproxy-'))
    const config = join(directory, 'haproxy.cfg')
    await writeFile(
      config,
      `defaults\n timeout connect 5s\n timeout client 30s\n timeout server 30s\nlisten smtp\n bind 127.0.0.2:${port}\n mode tcp\n server us 127.0.0.1:${behind.ports.mx} ${option}\n`,
    )
    const haproxy = spawn('/usr/sbin/haproxy', ['-db', '-f', config], { stdio: 'ignore' })
    try {
      const mail =
        'S: 220 *\nC: EHLO x\nS* 250-*\nS: 250 *\nC: MAIL FROM:<a@b.test>\nS: 250 *\nC: RCPT TO:<any@shop.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: Subject: x\nC:\nC: .\nS: 250 *\nC: QUIT\nS: 221 *'
      await until(() => playDialogue(mail, { host: '127.0.0.2', port }).then(Boolean, () => false), { what: 'haproxy', timeoutMs: 10_000 })
      const [message] = await storedMessages(behind.database.db)
      expect(message?.raw).toMatch(/\[127\.0\.0\.\d\]/)
    } finally {
      haproxy.kill()
      await rm(directory, { recursive: true })
    }
  })
})
