/** The second connection to a host takes a short handshake, and only where nothing else is demanded than before. */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { createSecureContext, type SecureVersion, TLSSocket } from 'node:tls'
import { startReceiver } from '@posthaste/test/support/receiver.ts'
import { expect, it, onTestFinished } from 'vitest'
import { trustedCertificate } from './certificate.fixture.ts'
import type { SmtpSessionOptions, SmtpTls } from './smtp-options.ts'
import { mail, open } from './smtp-player.fixture.ts'
import { createTlsSessions } from './tls-sessions.ts'

const MINUTE_MS = 60_000
const VERIFIED: SmtpTls = { mode: 'required', verify: true }

async function receiver() {
  const started = await startReceiver({ dns: '127.0.0.1:53', certificate: await trustedCertificate() })
  onTestFinished(() => started[Symbol.asyncDispose]())
  return started
}

/** Opens a session, sends a mail on it, and closes it. @returns whether its TLS session was resumed */
async function visit(port: number, more: Partial<SmtpSessionOptions>): Promise<boolean> {
  await using session = await open(port, more)
  expect(session.secure?.version).toMatch(/^TLSv1\.[23]$/)
  expect(await session.send(mail())).toMatchObject({ code: 250 })
  return session.resumed
}

it.each([
  ['opportunistic', { mode: 'opportunistic', verify: false }],
  ['verified', VERIFIED],
] as const)('is resumed when it is %s, and verified again after half an hour', async (_, tls) => {
  const { port, mails } = await receiver()
  let now = Date.UTC(2030, 0, 1)
  const tlsSessions = createTlsSessions({ clock: () => new Date(now) })
  const more = { tls, tlsSessions }
  expect(await visit(port, more)).toBe(false)
  now += 20 * MINUTE_MS
  expect([await visit(port, more), await visit(port, more)]).toEqual([true, true])
  now += 10 * MINUTE_MS
  expect(await visit(port, more)).toBe(false)
  expect(await visit(port, { tls })).toBe(false)
  expect(mails).toHaveLength(5)
})

it('is never resumed for another host, address or demand, nor where a judge wants to see the certificate', async () => {
  const { port } = await receiver()
  const tlsSessions = createTlsSessions({ clock: () => new Date() })
  const lax: SmtpTls = { mode: 'opportunistic', verify: false }
  expect(await visit(port, { tls: lax, tlsSessions })).toBe(false)
  for (const more of [
    { tls: lax, host: 'hook.test' },
    { tls: { mode: 'required', verify: false } },
    { tls: VERIFIED },
    { tls: { ...VERIFIED, names: ['hook.test'] } },
  ] as const)
    expect([more, await visit(port, { ...more, tlsSessions })]).toEqual([more, false])
  expect(await visit(port, { tls: lax, tlsSessions })).toBe(true)

  const judged: number[] = []
  const tls: SmtpTls = { mode: 'required', verify: false, judge: (chain) => void judged.push(chain.length) }
  expect([await visit(port, { tls, tlsSessions }), await visit(port, { tls, tlsSessions })]).toEqual([false, false])
  expect(judged).toEqual([1, 1])
})

it('does not make a host whose certificate nobody trusts look trustworthy', async () => {
  const untrusted = await startReceiver({ dns: '127.0.0.1:53' })
  onTestFinished(() => untrusted[Symbol.asyncDispose]())
  const tlsSessions = createTlsSessions({ clock: () => new Date() })
  expect(await visit(untrusted.port, { tls: { mode: 'opportunistic', verify: false }, tlsSessions })).toBe(false)
  await expect(open(untrusted.port, { tls: VERIFIED, tlsSessions })).rejects.toThrow('self-signed')
})

it('keeps as many as it may, and those that were made last', async () => {
  const { port } = await receiver()
  const tlsSessions = createTlsSessions({ clock: () => new Date(), sessionsMax: 1 })
  for (const host of ['mx.test', 'hook.test', 'hook.test']) await visit(port, { host, tlsSessions })
  expect(await visit(port, { host: 'hook.test', tlsSessions })).toBe(true)
  expect(await visit(port, { host: 'mx.test', tlsSessions })).toBe(false)
})

it('is given up for a full handshake when the server chokes on it, and encryption is not given up with it', async () => {
  const choking = await startChoking()
  const tlsSessions = createTlsSessions({ clock: () => new Date() })
  for (const connections of [1, 3]) {
    await using session = await open(choking.port, { tlsSessions })
    expect([session.secure?.version, session.resumed, choking.connections()]).toEqual(['TLSv1.2', false, connections])
  }
})

/** Resets every second connection in the middle of its handshake, as middle boxes do that stumble over tickets. */
async function startChoking(): Promise<{ port: number; connections: () => number }> {
  const { key, cert } = await trustedCertificate()
  const secureContext = createSecureContext({ key, cert, maxVersion: 'TLSv1.2' satisfies SecureVersion })
  let connections = 0
  const server: Server = createServer((socket) => {
    connections += 1
    const number = connections
    socket.on('error', () => undefined)
    socket.write('220 mx.test\r\n')
    socket.on('data', function obey(line: Buffer) {
      if (/^EHLO/.test(line.toString())) socket.write('250-mx.test\r\n250 STARTTLS\r\n')
      else if (/^STARTTLS/.test(line.toString())) {
        socket.off('data', obey)
        socket.write('220 go\r\n')
        if (number === 2) return void socket.once('data', () => socket.resetAndDestroy())
        const secured = new TLSSocket(socket, { isServer: true, secureContext })
        secured.on('error', () => undefined)
        secured.on('data', (said) => secured.write(/^QUIT/.test(said.toString()) ? '221 bye\r\n' : '250 mx.test\r\n'))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, connections: () => connections } // it listens on TCP
}
