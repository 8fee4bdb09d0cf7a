/** What the configuration says of a port is what the port does. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { toListener } from '@posthaste/core/compose/smtp.ts'
import { toConfig } from '@posthaste/core/config/config.ts'
import { readEnv } from '@posthaste/core/config/env.ts'
import { createLogger } from '@posthaste/core/observe/logger.ts'
import type { SmtpSettings } from '@posthaste/core/smtp/server.ts'
import { expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { startProcess } from '../support/processes.ts'
import { playDialogue } from '../support/smtp-client.ts'
import { until } from '../support/until.ts'
import { openFrontDoor } from './front-door.ts'

type Entry = { readonly kind: string; readonly port: number; readonly [key: string]: unknown }

/** As the smtp role reads them. */
function listenersOf(entries: readonly Entry[]): Pick<SmtpSettings, 'listeners'> {
  const file = { values: new Map(), warnings: [], root: '/' }
  const env = readEnv({ POSTHASTE_SMTP_LISTENERS: JSON.stringify(entries) })
  const { config, reader } = toConfig({ env, file, cwd: '/', exists: () => true }, 'smtp')
  expect(reader.mistakes).toEqual([])
  return { listeners: config.smtp.listeners.map((listener) => toListener(listener, config.smtp)) }
}

it('listens on an IPv4 address and on all of IPv6 with the same port, under a name of its own', async () => {
  const entry = { kind: 'mx', port: await freePort(), addresses: ['0.0.0.0', '::'], hostname: 'in.example.com' }
  await using door = await openFrontDoor({ settings: listenersOf([entry]) })
  for (const host of ['127.0.0.1', '::1']) await playDialogue('S: 220 in.example.com *', { port: entry.port, host })
  expect(door.server.openConnections()).toBeGreaterThan(0)
})

it('takes mail in clear on a submission port that does not require TLS, without CRAM-MD5, within its limits', async () => {
  const entry = { kind: 'submission', port: await freePort(), addresses: ['127.0.0.1'], require_tls: false, cram_md5: false }
  const limits = { max_message_size: 2, recipients_max: 1, messages_max: 1, bare_line_endings: 'normalise' }
  await using door = await openFrontDoor({ settings: listenersOf([{ ...entry, ...limits }]) })
  const plain = Buffer.from(`\0x\0${door.shop.key}`).toString('base64')
  const mail = 'C: MAIL FROM:<a@shop.test>\nS: 250 *\nC: RCPT TO:<x@remote.test>\nS: 250 *\nC: RCPT TO:<y@remote.test>\nS: 452 4.5.3 *\n'
  await playDialogue(
    `S: 220 *\nC: EHLO x\nS: 250-*\nS* 250-*\nS: 250 *\nC: AUTH CRAM-MD5\nS: 502 5.5.4 *\nC: AUTH PLAIN ${plain}\nS: 235 *\nC: MAIL FROM:<a@shop.test> SIZE=3000000\nS: 552 *\n${mail}C: DATA\nS: 354 *\nC> From: a@shop.test\\nSubject: lone LF\\n\\r\\n\nC: .\nS: 250 *\nC: MAIL FROM:<a@shop.test>\nS: 421 *\nEOF`,
    { port: entry.port },
  )
})

it('ends idle clients, and refuses what one address has too many of, as the port is set', async () => {
  const entry = { kind: 'mx', port: await freePort(), addresses: ['127.0.0.1'], idle_seconds: 2, connections_per_address_max: 1 }
  await using door = await openFrontDoor({ settings: listenersOf([entry]) })
  const idle = playDialogue('S: 220 *\nS: 421 Timeout, *\nEOF', { port: entry.port })
  await until(() => door.server.openConnections() === 1, { what: 'the first client' })
  await playDialogue('S: 421 Too many connections from your address\nEOF', { port: entry.port })
  await idle
})

const UNPRIVILEGED_PORT = 24
const isPrivileged = (): boolean =>
  process.getuid?.() === 0 && Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) > UNPRIVILEGED_PORT

const PROGRAM = fileURLToPath(new URL('front-door-process.ts', import.meta.url))
const asNobody = (...ports: readonly number[]): string[] => {
  const who = ['--reuid=nobody', '--regid=nogroup', '--clear-groups', '--', process.execPath]
  return [...who, PROGRAM, '/nowhere', 'none', '1', ...ports.map(String)]
}

it.skipIf(!isPrivileged())('says what right a port below 1024 needs, and the ways to give it', () => {
  const { stderr, status } = spawnSync('setpriv', asNobody(UNPRIVILEGED_PORT), { encoding: 'utf8', timeout: 30_000 })
  expect(status).not.toBe(0)
  expect(stderr).toContain(`port ${UNPRIVILEGED_PORT} needs a right that this process lacks`)
  expect(stderr).toContain('systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE')
  expect(stderr).toContain(`sudo setcap cap_net_bind_service=+ep ${process.execPath}`)
})

it.skipIf(!isPrivileged())('takes the other port when nobody chose one and the usual one is not permitted, and says so', async () => {
  const other = await freePort()
  await using program = await startProcess('setpriv', asNobody(UNPRIVILEGED_PORT, other), { name: 'front door of nobody' })
  await program.line(new RegExp(`^listening on ${other}$`))
  const [warning] = await program.line(/.*smtp\.port_not_permitted.*/)
  expect(JSON.parse(warning)).toMatchObject({ port: UNPRIVILEGED_PORT, taken: other })
  await playDialogue('S: 220 *\nC: QUIT\nS: 221 *', { port: other })
})

it('writes the dialogue at info for a mail server that asks for it, and for no other', async () => {
  const told: string[] = []
  const to = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      told.push(...chunk.toString().split('\n').filter(Boolean))
      done()
    },
  })
  const log = createLogger({ level: 'info', role: 'smtp', clock: () => new Date(), to })
  const dialogue = (key: string) => {
    const plain = Buffer.from(`\0x\0${key}`).toString('base64')
    return `S: 220 *\nC: EHLO x\nS* 250-*\nS: 250 *\nC: AUTH PLAIN ${plain}\nS: 235 *\nC: MAIL FROM:<a@shop.test>\nS: 250 *\nC: QUIT\nS: 221 *\nEOF`
  }
  for (const logSmtpData of [true, false]) {
    told.length = 0
    await using door = await openFrontDoor({ deps: { log }, shop: { mailServer: { logSmtpData } } })
    await playDialogue(dialogue(door.shop.key), { port: door.ports.postal })
    const messages = told.map((line) => String(JSON.parse(line).message))
    const expected = logSmtpData ? ['=> 235 2.7.0 *', '<= MAIL FROM:<a@shop.test>', '=> 250 *', '<= QUIT', '=> 221 *'] : []
    expect(messages.filter((message) => /^[<=][=>] /.test(message)).map(shortened)).toEqual(expected.map(shortened))
    expect(told.join()).not.toContain(door.shop.key)
  }
})

/** Code or command, without the words behind. */
const shortened = (line: string): string => line.slice(0, 6)
