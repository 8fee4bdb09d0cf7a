/** Listeners: proxies, certificates, ports that cannot be had, and what is logged and counted. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { expect, it } from 'vitest'
import { makeCertificate } from '../support/certificate.ts'
import { playDialogue } from '../support/smtp-client.ts'
import { until } from '../support/until.ts'
import { HOSTNAME, openFrontDoor } from './front-door.ts'
import { storedMessages } from './stored.ts'

const MAIL =
  'C: EHLO x\nS* 250-*\nS: 250 *\nC: MAIL FROM:<a@b.test>\nS: 250 *\nC: RCPT TO:<any@shop.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: Subject: x\nC:\nC: .\nS: 250 *\nC: QUIT\nS: 221 *\n'

const version2 = (hex: string) => `\\r\\n\\r\\n\\0\\r\\nQUIT\\n${(hex.match(/../g) ?? []).map((byte) => `\\x${byte}`).join('')}`

it('believes the PROXY header of trusted proxies, in both versions, and demands it', async () => {
  await using door = await openFrontDoor({ settings: { proxies: ['127.0.0.0/8'] } })
  const port = door.ports.mx
  await playDialogue(`C: PROXY TCP4 192.0.2.7 10.0.0.1 4711 25\nS: 220 *\n${MAIL}`, { port })
  await playDialogue(`C: PROXY TCP6 2001:db8::7 ::1 4711 25\nS: 220 *\n${MAIL}`, { port })
  await playDialogue(`C: PROXY UNKNOWN\nS: 220 *\n${MAIL}`, { port })
  await playDialogue(`C> ${version2('2111000cc0000208 0a000001 1267 0019'.replaceAll(' ', ''))}\nS: 220 *\n${MAIL}`, { port })
  await playDialogue(`C> ${version2('20000000')}\nS: 220 *\n${MAIL}`, { port })
  await playDialogue('C: EHLO x\nS: 502 Proxy Error\nEOF', { port })
  await playDialogue('C: PROXY TCP4 nonsense 10.0.0.1 4711 25\nS: 502 Proxy Error\nEOF', { port })
  const addresses = (await storedMessages(door.database.db)).map(({ raw }) => /\[([^\]]+)\]/.exec(raw)?.[1])
  expect(addresses).toEqual(['192.0.2.7', '2001:db8::7', '127.0.0.1', '192.0.2.8', '127.0.0.1'])
})

it('believes nobody else, so that a client cannot lend itself an address', async () => {
  await using door = await openFrontDoor({ settings: { proxies: ['192.0.2.1'] } })
  await playDialogue('C: PROXY TCP4 192.0.2.7 10.0.0.1 4711 25\nS: 220 *\nS: 502 Invalid/unsupported command', { port: door.ports.mx })
})

it('speaks TLS behind a proxy too', async () => {
  await using door = await openFrontDoor({ settings: { proxies: ['127.0.0.1'] } })
  const socket = connect({ host: '127.0.0.1', port: door.ports.submissions })
  socket.write('PROXY TCP4 192.0.2.7 10.0.0.1 4711 465\r\n')
  const secure = connectTls({ socket, ca: door.certificate.cert, servername: HOSTNAME })
  const [greeting] = await once(secure, 'data')
  expect(String(greeting)).toMatch(/^220 /)
  secure.destroy()
})

async function certificateSeen(port: number, servername: string) {
  const secure = connectTls({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  await once(secure, 'secureConnect')
  const { subject } = secure.getPeerCertificate()
  const protocol = secure.getProtocol()
  secure.destroy()
  return { name: subject.CN, protocol }
}

it('shows a renewed certificate without a restart, keeps the old one when the new one is broken, and picks by name', async () => {
  await using door = await openFrontDoor()
  const { certificatePath, keyPath } = door.certificate
  expect(await certificateSeen(door.ports.submissions, HOSTNAME)).toEqual({ name: HOSTNAME, protocol: 'TLSv1.3' })
  await writeFile(certificatePath, 'broken')
  await until(() => door.lines.some(({ event }) => event === 'smtp.certificates_kept'), {
    what: 'the broken one to be noticed',
    timeoutMs: 15_000,
  })
  expect((await certificateSeen(door.ports.submissions, HOSTNAME)).name).toBe(HOSTNAME)
  const renewed = await makeCertificate({ names: ['renewed.test'] })
  await writeFile(keyPath, renewed.key)
  await writeFile(certificatePath, renewed.cert)
  await until(async () => (await certificateSeen(door.ports.submissions, HOSTNAME)).name === 'renewed.test', {
    what: 'the new one',
    timeoutMs: 15_000,
  })
})

it('picks the certificate by the name that a client asks for', async () => {
  await using first = await openFrontDoor()
  const { certificatePath, keyPath } = first.certificate
  const other = await makeCertificate({ names: ['other.test'] })
  await writeFile(`${certificatePath}.other`, other.cert)
  await writeFile(`${keyPath}.other`, other.key)
  const byHostname = new Map([['other.test', { certificatePath: `${certificatePath}.other`, keyPath: `${keyPath}.other` }]])
  await using door = await openFrontDoor({ settings: { tls: { certificatePath, keyPath, ciphers: null, byHostname } } })
  expect((await certificateSeen(door.ports.submissions, 'other.test')).name).toBe('other.test')
  expect((await certificateSeen(door.ports.submissions, 'else.test')).name).toBe(HOSTNAME)
})

it('listens on IPv6 and IPv4 at once, and writes IPv4 addresses as such', async () => {
  const listeners = [{ kind: 'mx', address: '::', port: 0, fallbackPort: null, hostname: 'other-name.test' }] as const
  await using door = await openFrontDoor({ settings: { listeners } })
  await playDialogue(`S: 220 other-name.test *\n${MAIL}`, { port: door.ports.mx, host: '::1' })
  await playDialogue(`S: 220 other-name.test *\n${MAIL}`, { port: door.ports.mx, host: '127.0.0.1' })
  const received = (await storedMessages(door.database.db)).map(({ raw }) => raw.split('\r\n', 2).join(' '))
  expect(received.map((line) => /\[([^\]]+)\].*by (\S+)/.exec(line)?.slice(1))).toEqual([
    ['::1', 'other-name.test'],
    ['127.0.0.1', 'other-name.test'],
  ])
})

it('offers CRAM-MD5 only where it is not switched off', async () => {
  await using door = await openFrontDoor({ policy: { cramMd5: false } })
  await playDialogue('S: 220 *\nC: EHLO x\nS* 250-*\nS: 250 AUTH PLAIN LOGIN\nC: AUTH CRAM-MD5\nS: 502 5.5.4 *', {
    port: door.ports.postal,
  })
})

it('warns of a port that demands TLS and has none', async () => {
  const listeners = [{ kind: 'submission', address: '127.0.0.1', port: 0, fallbackPort: null }] as const
  await using door = await openFrontDoor({ settings: { tls: null, listeners } })
  expect(door.lines.map(({ event }) => event)).toContain('smtp.port_useless')
})

it('refuses TLS older than 1.2', async () => {
  await using door = await openFrontDoor()
  const old = connectTls({
    host: '127.0.0.1',
    port: door.ports.submissions,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
    rejectUnauthorized: false,
  })
  const [error] = await once(old, 'error')
  expect(String(error)).toMatch(/protocol version|alert/i)
})

it('says which port is taken, and takes none of the others then', async () => {
  await using door = await openFrontDoor()
  const listener = { kind: 'mx', address: '127.0.0.1', fallbackPort: null } as const
  const listeners = [
    { ...listener, port: 0 },
    { ...listener, port: door.ports.mx },
  ]
  await expect(openFrontDoor({ settings: { listeners } })).rejects.toThrow(`port ${door.ports.mx} on 127.0.0.1 is taken by another program`)
})

it('shares its port with other processes where that is asked for', async () => {
  await using door = await openFrontDoor({ settings: { reusePort: true } })
  const listeners = [{ kind: 'mx', address: '127.0.0.1', port: door.ports.mx, fallbackPort: null }] as const
  await using second = await openFrontDoor({ settings: { reusePort: true, listeners } })
  expect(second.ports.mx).toBe(door.ports.mx)
})

it('writes down every dialogue by its trace at debug, without secrets and mails', async () => {
  await using door = await openFrontDoor()
  const { key } = door.shop
  const plain = Buffer.from(`\0x\0${key}`).toString('base64')
  const login = Buffer.from(key).toString('base64')
  const transcript = await playDialogue(
    `S: 220 *\nC: EHLO x\nS* 250-*\nS: 250 *\nC: AUTH LOGIN\nS: 334 *\nC: b29wcw==\nS: 334 *\nC: ${login}\nS: 235 *\nC: MAIL FROM:<a@shop.test>\nS: 250 *\nC: RCPT TO:<x@remote.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: From: a@shop.test\nC:\nC: private words\nC: .\nS: 250 *\nC: QUIT\nS: 221 *\nEOF`,
    { port: door.ports.postal },
  )
  await playDialogue(`S: 220 *\nC: AUTH PLAIN ${plain}\nS: 235 *\nC: QUIT\nS: 221 *`, { port: door.ports.postal })
  const trace = /Posthaste\/(\w{8})/.exec(transcript)?.[1]
  const lines = door.lines.filter((line) => line.trace_id === trace).map(({ message }) => message)
  expect(lines).toContain('<= EHLO x')
  expect(lines).toContain('<= [redacted]')
  expect(lines).toContain('=> 354 Go ahead')
  const everything = JSON.stringify(door.lines)
  for (const secret of [key, plain, login, 'private words']) expect(everything).not.toContain(secret)
})

it('writes nothing of excluded addresses but failures to authenticate', async () => {
  await using door = await openFrontDoor({ settings: { logExclusion: /^127\./ } })
  const wrong = Buffer.from('\0x\0wrong').toString('base64')
  await playDialogue(`S: 220 *\nC: NOOP\nS: 250 *\nC: AUTH PLAIN ${wrong}\nS: 535 *\nC: QUIT\nS: 221 *`, {
    port: door.ports.postal,
    timeoutMs: 8_000,
  })
  await wait(20)
  expect(door.lines.map(({ message }) => message)).toEqual(['Authentication failure for 127.0.0.1 (invalid credential)'])
})

it('forgets a client that has left, also after STARTTLS', async () => {
  await using door = await openFrontDoor()
  await playDialogue('S: 220 *\nC: STARTTLS\nS: 220 *\nTLS\nC: QUIT\nS: 221 *\nEOF', { port: door.ports.mx })
  await playDialogue('S: 220 *\nC: QUIT\nS: 221 *\nEOF', { port: door.ports.submissions, secure: true })
  await until(() => door.server.openConnections() === 0, { what: 'both to be forgotten' })
})

it('counts under the names that Postal gave', async () => {
  await using door = await openFrontDoor()
  await playDialogue(`S: 220 *\nC: NONSENSE\nS: 502 *\nC: HELO x\nS: 250 *\nC: STARTTLS\nS: 220 *\nTLS\n${MAIL}`, { port: door.ports.mx })
  const text = await door.metrics.registry.metrics()
  for (const line of [
    'postal_smtp_server_connections_total 1',
    'postal_smtp_server_tls_connections_total 1',
    'postal_smtp_server_commands_total{command="STARTLS"} 1',
    'postal_smtp_server_commands_total{command="HELO"} 1',
    'postal_smtp_server_client_errors{error="invalid-command"} 1',
    'postal_smtp_server_messages_total{type="incoming",tls="yes"} 1',
  ])
    expect(text).toContain(line)
})
