/** What the tests of the SMTP client share: a scripted server under the name `mx.test`, and a client's options for it. */
import { type ScriptedReceiver, startScriptedReceiver } from '@posthaste/test/support/scripted-receiver.ts'
import type { Script } from '@posthaste/test/support/smtp-script.ts'
import { afterEach } from 'vitest'
import { trustedCertificate } from './certificate.fixture.ts'
import { openSmtpSession } from './smtp-client.ts'
import type { SmtpSessionOptions } from './smtp-options.ts'
import type { SmtpMessage, SmtpSession } from './smtp-session.ts'

const players: ScriptedReceiver[] = []

afterEach(async () => {
  await Promise.all(players.splice(0).map((player) => player[Symbol.asyncDispose]()))
})

/** @param features what EHLO lists: nothing, unless told */
export async function play(script: Script = {}, features: readonly string[] = [], host = '127.0.0.1'): Promise<ScriptedReceiver> {
  const player = await startScriptedReceiver({ script, features, host, certificate: await trustedCertificate() })
  players.push(player)
  return player
}

export const linesOf = (player: ScriptedReceiver): string[] => player.commands.map((command) => command.line)
export const bodiesOf = (player: ScriptedReceiver): string[] => player.mails.map((mail) => mail.raw.toString('latin1'))

/** Says nothing, for ever. */
export const SILENCE = { stallMs: Number.POSITIVE_INFINITY }
export const HANGUP = { ending: 'reset' } as const

export const options = (port: number, more: Partial<SmtpSessionOptions> = {}): SmtpSessionOptions => ({
  host: 'mx.test',
  addresses: ['127.0.0.1'],
  port,
  mayConnect: () => true,
  heloName: 'out.example.com',
  tls: { mode: 'opportunistic', verify: false },
  openTimeoutMs: 2_000,
  readTimeoutMs: 2_000,
  ...more,
})

export async function open(port: number, more: Partial<SmtpSessionOptions> = {}): Promise<SmtpSession> {
  const opening = await openSmtpSession(options(port, more))
  if (opening.kind === 'failed') throw new Error(JSON.stringify(opening.failures))
  return opening.session
}

export async function failures(port: number, more: Partial<SmtpSessionOptions> = {}) {
  const opening = await openSmtpSession(options(port, more))
  return opening.kind === 'failed' ? opening.failures.map(({ result }) => result) : []
}

export const mail = (text = 'Subject: hi\r\n\r\nhello\r\n', beforeFinalDot: () => Promise<void> = async () => undefined): SmtpMessage => ({
  mailFrom: 'abc+tok@rp.example.com',
  rcptTo: 'ann@example.org',
  data: Buffer.from(text),
  beforeFinalDot,
})
