/** What tests can rely on when mail goes to the receiving server of the test world, sent by nodemailer. */
import { generateKeyPairSync } from 'node:crypto'
import { createTransport } from 'nodemailer'
import { expect, it } from 'vitest'
import { startDnsServer } from './dns-server.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const zone = {
  'sender.test': { TXT: ['v=spf1 ip4:127.0.0.1 -all'], A: ['127.0.0.1'] },
  'k1._domainkey.sender.test': { TXT: [`v=DKIM1; k=rsa; p=${keys.publicKey.toString('base64')}`] },
  '_dmarc.sender.test': { TXT: ['v=DMARC1; p=reject'] },
}
const dkim = { domainName: 'sender.test', keySelector: 'k1', privateKey: keys.privateKey }
const mail = { from: 'shop@sender.test', to: 'anna@receiver.test', subject: 'Hello', text: 'Good day.\n.\nBye.\n' }

const clientOf = ({ host, port, certificate }: Receiver, options: object = {}) =>
  createTransport({ host, port, tls: { ca: certificate.cert, servername: 'mx.receiver.test' }, ...options })

it('keeps a mail with its envelope and finds SPF, DKIM and DMARC in order', async () => {
  await using dns = await startDnsServer({ zone })
  await using receiver = await startReceiver({ dns: dns.address })
  await clientOf(receiver, { requireTLS: true, dkim }).sendMail(mail)

  const got = await receiver.mailTo('anna@receiver.test')
  expect(got).toMatchObject({ mailFrom: 'shop@sender.test', rcptTo: ['anna@receiver.test'], tls: 'TLSv1.3' })
  expect(got.raw.toString()).toContain('Good day.\r\n.\r\nBye.')
  expect(await got.authenticate()).toMatchObject({
    spf: 'pass',
    dmarc: 'pass',
    dkim: [{ domain: 'sender.test', selector: 'k1', result: 'pass' }],
  })
})

it('finds a forged mail out', async () => {
  await using dns = await startDnsServer({ zone: { ...zone, 'sender.test': { TXT: ['v=spf1 -all'] } } })
  await using receiver = await startReceiver({ dns: dns.address })
  await clientOf(receiver).sendMail(mail)
  const got = await receiver.mailTo('anna@receiver.test')
  expect(await got.authenticate()).toMatchObject({ spf: 'fail', dmarc: 'fail', dkim: [] })
})

it('refuses unknown users and says so', async () => {
  await using dns = await startDnsServer({ zone })
  await using receiver = await startReceiver({ dns: dns.address, mailboxes: ['anna@receiver.test'] })
  const sending = clientOf(receiver).sendMail({ ...mail, to: 'nobody@receiver.test' })
  await expect(sending).rejects.toMatchObject({ response: '550 5.1.1 unknown user' })
  expect(receiver.mails).toEqual([])
})

it('can do without STARTTLS', async () => {
  await using dns = await startDnsServer({ zone })
  await using receiver = await startReceiver({ dns: dns.address, startTls: false })
  await clientOf(receiver).sendMail(mail)
  expect(receiver.mails).toMatchObject([{ tls: false }])
})

it('greets at once, so that tests do not wait a tenth of a second for each connection', async () => {
  await using dns = await startDnsServer({ zone })
  await using receiver = await startReceiver({ dns: dns.address })
  const waits: number[] = []
  for (let n = 0; n < 20; n++) {
    const started = performance.now()
    await clientOf(receiver, { ignoreTLS: true }).sendMail(mail)
    waits.push(performance.now() - started)
  }
  expect(Math.min(...waits)).toBeLessThan(100) // what is built in, not what a busy machine adds
})
