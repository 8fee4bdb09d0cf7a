/** What tests can rely on when the scripted server plays a bad day to a real client. */
import { createTransport } from 'nodemailer'
import { expect, it } from 'vitest'
import { makeCertificate } from './certificate.ts'
import { type ScriptedReceiver, type ScriptedReceiverOptions, startScriptedReceiver } from './scripted-receiver.ts'
import { lines, type Script } from './smtp-script.ts'
import { until } from './until.ts'

const mail = { from: 'shop@sender.test', to: 'anna@scripted.test', subject: 'Hello', text: `${'Good day. '.repeat(200)}\n.dot\n` }
const timeouts = { connectionTimeout: 400, greetingTimeout: 400, socketTimeout: 400 }

const clientOf = ({ host, port, certificate }: ScriptedReceiver, options: object = {}) =>
  createTransport({ host, port, tls: { ca: certificate.cert, servername: 'scripted.test' }, ...timeouts, ...options })

async function tryWith(script: Script, options: ScriptedReceiverOptions & { client?: object } = {}) {
  await using receiver = await startScriptedReceiver({ script, ...options })
  const fault = await clientOf(receiver, options.client)
    .sendMail(mail)
    .then(
      () => undefined,
      (error: unknown) => error,
    )
  return { fault, mails: receiver.mails, commands: receiver.commands.map(({ line }) => line) }
}

it('takes mail over TLS with good manners when it has no script', async () => {
  const { fault, mails } = await tryWith({}, { client: { requireTLS: true } })
  expect(fault).toBeUndefined()
  expect(mails).toMatchObject([{ mailFrom: 'shop@sender.test', rcptTo: ['anna@scripted.test'], tls: true, reply: '250 2.0.0 kept' }])
  expect(mails[0]?.raw.toString()).toContain('\r\n..dot\r\n')
})

it.each([
  ['connect', '421 4.3.2 too busy'],
  ['connect', '554 5.7.1 not you'],
  ['mail', '451 4.7.1 later'],
  ['rcpt', '550 5.1.1 unknown'],
  ['data', '452 4.3.1 full'],
  ['content', '554 5.7.1 spam'],
] as const)('says no at %s with %s', async (stage, reply) => {
  const { fault } = await tryWith({ [stage]: reply })
  expect(fault).toMatchObject({ responseCode: Number(reply.slice(0, 3)), response: reply })
})

it('says no in several lines', async () => {
  const { fault } = await tryWith({ rcpt: lines(550, ['5.1.1 unknown', '5.1.1 ask elsewhere']) })
  expect(fault).toMatchObject({ response: '550-5.1.1 unknown\n550 5.1.1 ask elsewhere' })
})

it.each(['connect', 'mail', 'content'] as const)('stalls for ever at %s', async (stage) => {
  const { fault } = await tryWith({ [stage]: { stallMs: Number.POSITIVE_INFINITY } })
  expect(fault).toMatchObject({ code: 'ETIMEDOUT' })
})

it('answers late when it is told to', async () => {
  const { fault, mails } = await tryWith({ rcpt: { stallMs: 50, reply: '250 ok' } })
  expect(fault).toBeUndefined()
  expect(mails).toHaveLength(1)
})

it.each(['close', 'reset'] as const)('hangs up (%s) at the final dot and keeps the mail all the same', async (ending) => {
  const { fault, mails } = await tryWith({ content: { ending } })
  expect(fault).toBeInstanceOf(Error)
  expect(mails).toMatchObject([{ reply: '' }])
})

it.each([1, 500, 1_500])('cuts the line after %i bytes of content', async (bytes) => {
  const { fault, mails } = await tryWith({ data: { reply: '354 go', resetAfterBytes: bytes } })
  expect(fault).toBeInstanceOf(Error)
  expect(mails).toEqual([])
})

it('cuts the line in the middle of a reply', async () => {
  const { fault } = await tryWith({ rcpt: { raw: '250 o', ending: 'close' } })
  expect(fault).toBeInstanceOf(Error)
})

it('breaks the TLS handshake', async () => {
  const { fault, commands } = await tryWith({ starttls: { reply: '220 go', breakTls: true } })
  expect(fault).toBeInstanceOf(Error)
  expect(commands.at(-1)).toBe('STARTTLS')
})

it('shows a certificate that has expired', async () => {
  const certificate = await makeCertificate({ names: ['scripted.test'], validUntil: new Date('2020-01-01') })
  const { fault } = await tryWith({}, { certificate })
  expect(fault).toMatchObject({ message: expect.stringMatching(/expired/i) })
})

it('offers what it is told to offer', async () => {
  const { mails, commands } = await tryWith({}, { features: ['SIZE 1000'] })
  expect(commands).not.toContain('STARTTLS')
  expect(mails).toMatchObject([{ tls: false }])
})

it('speaks TLS from the first byte, and takes a login, when it is told to', async () => {
  const client = { secure: true, auth: { user: 'shop', pass: 'secret' } }
  const { mails, commands } = await tryWith({}, { secure: true, features: ['AUTH PLAIN'], client })
  expect(mails).toMatchObject([{ tls: true }])
  expect(commands).toContain(`AUTH PLAIN ${Buffer.from('\0shop\0secret').toString('base64')}`)
  expect(await tryWith({ auth: '535 5.7.8 no' }, { secure: true, features: ['AUTH PLAIN'], client })).toMatchObject({
    fault: { responseCode: 535 },
    mails: [],
  })
})

it('tells connections, messages and recipients apart', async () => {
  const seen: unknown[] = []
  await using receiver = await startScriptedReceiver({
    script: {
      rcpt: ({ connection, message, rcptTo }) => {
        seen.push([connection, message, rcptTo.length])
        return message === 2 ? '450 4.2.0 second ones wait' : undefined
      },
    },
  })
  const pool = clientOf(receiver, { pool: true, maxConnections: 1 })
  await pool.sendMail({ ...mail, to: ['a@scripted.test', 'b@scripted.test'] })
  await expect(pool.sendMail(mail)).rejects.toMatchObject({ responseCode: 450 })
  pool.close()
  await until(() => receiver.connections.open === 0, { what: 'the pool to hang up' })
  await clientOf(receiver).sendMail(mail)
  expect(seen).toEqual([
    [1, 1, 0],
    [1, 1, 1],
    [1, 2, 0],
    [2, 1, 0],
  ])
  expect(receiver.connections).toMatchObject({ total: 2, openMax: 1 })
  expect(receiver.mailsPerConnection()).toEqual([1, 1])
})

it('refuses connections, and takes them again on the same port', async () => {
  await using receiver = await startScriptedReceiver()
  await receiver.refuse()
  await expect(clientOf(receiver).sendMail(mail)).rejects.toThrow('ECONNREFUSED')
  await receiver.listen()
  await clientOf(receiver).sendMail(mail)
  receiver.play({ mail: '421 4.3.2 closing' })
  await expect(clientOf(receiver).sendMail(mail)).rejects.toMatchObject({ responseCode: 421 })
})
