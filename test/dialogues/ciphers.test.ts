/** The cipher setting, asked by openssl itself: what is set is spoken on every port and under every name, and nothing else. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { makeCertificate } from '../support/certificate.ts'
import { openFrontDoor } from './front-door.ts'

const SET = 'ECDHE-ECDSA-AES256-GCM-SHA384'
const OTHER = 'ECDHE-ECDSA-AES128-GCM-SHA256'

type Asked = { readonly port: number; readonly cipher: string; readonly startTls?: boolean; readonly name?: string }

/** What was agreed upon, if anything. TLS 1.2, as the suites of 1.3 are a setting of their own in OpenSSL: SSL_CTX_set_ciphersuites(3) */
function agreed({ port, cipher, startTls = false, name = 'localhost' }: Asked): Promise<string | undefined> {
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', name, '-tls1_2', '-cipher', cipher]
  return new Promise((done) => {
    const client = execFile('openssl', [...args, ...(startTls ? ['-starttls', 'smtp'] : [])], { timeout: 20_000 }, (_fault, stdout) =>
      done(/^New, TLSv1\.2, Cipher is (?!\(NONE\))(\S+)$/m.exec(stdout)?.[1]),
    )
    client.stdin?.end('QUIT\r\n')
  })
}

it('speaks the ciphers that are set and no others, by STARTTLS, on the TLS port, and under other names', async () => {
  await using plain = await openFrontDoor()
  const { certificatePath, keyPath } = plain.certificate
  const other = await makeCertificate({ names: ['other.test'] })
  const paths = { certificatePath: `${certificatePath}.other`, keyPath: `${keyPath}.other` }
  await writeFile(paths.certificatePath, other.cert)
  await writeFile(paths.keyPath, other.key)
  const tls = { certificatePath, keyPath, ciphers: SET, byHostname: new Map([['other.test', paths]]) }
  await using door = await openFrontDoor({ settings: { tls } })
  expect(await agreed({ port: plain.ports.submissions, cipher: OTHER })).toBe(OTHER)

  const ways = [
    { port: door.ports.mx, startTls: true },
    { port: door.ports.submissions },
    { port: door.ports.mx, startTls: true, name: 'other.test' },
    { port: door.ports.submissions, name: 'other.test' },
  ]
  for (const way of ways) {
    expect([way, await agreed({ ...way, cipher: SET })]).toEqual([way, SET])
    expect([way, await agreed({ ...way, cipher: OTHER })]).toEqual([way, undefined])
  }
})
