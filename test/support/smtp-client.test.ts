/** What the authors of `test/dialogues` can rely on: a dialogue passes when the server keeps to it, and only then. */
import { expect, it } from 'vitest'
import { bytesOf, matches, parseDialogue } from './dialogue.ts'
import { startScriptedReceiver } from './scripted-receiver.ts'
import { playDialogue } from './smtp-client.ts'
import type { Script } from './smtp-script.ts'

async function play(text: string, script: Script = {}) {
  await using receiver = await startScriptedReceiver({ script })
  await playDialogue(text, {
    port: receiver.port,
    name: 'try.smtp',
    timeoutMs: 300,
    values: { sender: 'a@b.test', echo: (lastLine) => lastLine.toUpperCase() },
  })
  return receiver
}

it('passes a dialogue that the server keeps to, over TLS and with pipelining', async () => {
  const { mails, commands } = await play(`# the whole way
S: 220 scripted.test *
C: EHLO client.test
S* 250-*
S: 250 SMTPUTF8
C: STARTTLS
S: /220 .+/
TLS
C: EHLO client.test
S* 250-*
S: 250 SMTPUTF8
C: MAIL FROM:<\${sender}>
C: RCPT TO:<c@d.test>
C: DATA
S: 250 *
S: 250 *
S: 354 *
C: Subject: caf\\xe9
C:
C> .
C> \\r\\n
S: 250 2.0.0 kept
C: QUIT
S: 221 *
EOF
`)
  expect(mails).toMatchObject([{ mailFrom: 'a@b.test', rcptTo: ['c@d.test'], tls: true }])
  expect(mails[0]?.raw).toEqual(Buffer.from('Subject: caf\xe9\r\n\r\n', 'latin1'))
  expect(commands.map(({ line }) => line)).toContain('STARTTLS')
})

it('can answer what the server has just said', async () => {
  const { commands } = await play(`S: 220 *\nC: NOOP \${echo}\nS: 250 *`)
  expect(commands.at(-1)?.line).toBe('NOOP 220 SCRIPTED.TEST ESMTP')
})

it('names the line where the server says something else', async () => {
  const playing = play('S: 220 *\nC: NOOP\n# here\nS: 250 *\n', { noop: '421 going away' })
  await expect(playing).rejects.toThrow('try.smtp:4: expected «250 *», got «421 going away»\n    S: 220 scripted.test ESMTP\n    C: NOOP')
})

it('fails when the server says nothing, hangs up, or stays when it should hang up', async () => {
  await expect(play('S: 220 *\nC: NOOP\nS: 250 *', { noop: {} })).rejects.toThrow('try.smtp:3: expected «250 *», got nothing in 300 ms')
  await expect(play('S: 220 *\nC: NOOP\nS: 250 *', { noop: { ending: 'close' } })).rejects.toThrow(
    'try.smtp:3: expected «250 *», got the end of the connection',
  )
  await expect(play('S: 220 *\nC: NOOP\nS: 250 *\nEOF')).rejects.toThrow('try.smtp:4: expected the end of the connection, got nothing')
  await expect(play('S: 220 *\nEOF', { connect: ['220 a', '220 b'] })).rejects.toThrow(
    'try.smtp:2: expected the end of the connection, got «220 b»',
  )
})

it('fails when a reply has more lines than the dialogue', async () => {
  await expect(play('S: 220 *\nC: NOOP\nS: 250 b', { noop: ['250-a', '250 b'] })).rejects.toThrow('expected «250 b», got «250-a»')
})

it('fails when TLS does not come about', async () => {
  const script: Script = { starttls: { reply: '220 go', breakTls: true } }
  await expect(play('S: 220 *\nC: STARTTLS\nS: 220 *\nTLS', script)).rejects.toThrow('try.smtp:4: expected a TLS handshake')
})

it('refuses a dialogue that it does not understand, by line', () => {
  expect(() => parseDialogue('C: NOOP\nX: what')).toThrow('line 2 is no instruction: X: what')
})

it.each([
  ['250 2.0.0 ok', '250 *', true],
  ['250 2.0.0 ok', '250', false],
  ['250-a.b', '250-a.b', true],
  ['250-axb', '250-a.b', false],
  ['451 4.7.1 x', '/45[01] 4\\.7\\.1 .*/', true],
  ['1451', '/451/', false],
])('%s against %s: %s', (line, pattern, expected) => {
  expect(matches(line, pattern)).toBe(expected)
})

it('writes any byte', () => {
  expect(bytesOf('a\\x00\\xff\\0\\r\\n\\t\\\\é')).toEqual(Buffer.from('6100ff000d0a095cc3a9', 'hex'))
})
