import { createHash, X509Certificate } from 'node:crypto'
import { makeAuthority, makeCertificate } from '@posthaste/test/support/certificate.ts'
import { describe, expect, it } from 'vitest'
import { findDane, judgeByDane, type Tlsa } from './dane.ts'
import type { SecureAnswer } from './secure-dns.ts'

const now = () => new Date()
const whole = (pem: string, usage: number): Tlsa => ({ usage, selector: 0, matching: 0, data: Buffer.from(new X509Certificate(pem).raw) })
const hashed = (pem: string, usage: number, matching: 1 | 2): Tlsa => {
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return {
    usage,
    selector: 1,
    matching,
    data: createHash(matching === 1 ? 'sha256' : 'sha512')
      .update(spki)
      .digest(),
  }
}
const judge = (records: readonly Tlsa[], pems: readonly string[], names = ['mx.test']) =>
  judgeByDane(records, names, now)(pems.map((pem) => new X509Certificate(pem)))

describe('records that name the certificate itself', () => {
  it('hold for the whole certificate, its key, and either hash of it, whatever the name or the date', async () => {
    const { cert } = await makeCertificate({ names: ['other.test'], validUntil: new Date(Date.now() - 86_400_000) })
    for (const record of [whole(cert, 3), hashed(cert, 3, 1), hashed(cert, 3, 2)]) expect(judge([record], [cert])).toBeUndefined()
  })

  it('do not hold for another key; one of several that fits is enough', async () => {
    const [mine, other] = [await makeCertificate({ names: ['mx.test'] }), await makeCertificate({ names: ['mx.test'] })]
    expect(judge([hashed(other.cert, 3, 1)], [mine.cert])).toBeDefined()
    expect(judge([hashed(other.cert, 3, 1), hashed(mine.cert, 3, 1)], [mine.cert])).toBeUndefined()
  })
})

describe('records that name an authority', () => {
  it('hold for what it signed, under the right name, and for nothing else', async () => {
    const [authority, stranger] = [await makeAuthority(), await makeAuthority('Stranger')]
    const signed = await makeCertificate({ names: ['mx.test'], authority })
    const chain = [signed.cert, authority.cert]
    expect(judge([hashed(authority.cert, 2, 1)], chain)).toBeUndefined()
    expect(judge([hashed(authority.cert, 2, 1)], chain, ['elsewhere.test'])).toBeDefined()
    expect(judge([hashed(stranger.cert, 2, 1)], chain)).toBeDefined()
    expect(judge([hashed(stranger.cert, 2, 1)], [signed.cert, stranger.cert])).toBeDefined()
  })

  it('do not hold for what somebody signed whom the authority never made one', async () => {
    const authority = await makeAuthority()
    const customer = await makeCertificate({ names: ['customer.test'], authority })
    const forged = await makeCertificate({ names: ['mx.test'], authority: customer })
    expect(judge([hashed(authority.cert, 2, 1)], [forged.cert, customer.cert, authority.cert])).toBeDefined()
  })

  it('do not hold for a certificate that has run out', async () => {
    const authority = await makeAuthority()
    const old = await makeCertificate({ names: ['mx.test'], authority, validUntil: new Date(Date.now() - 86_400_000) })
    expect(judge([hashed(authority.cert, 2, 1)], [old.cert, authority.cert])).toBeDefined()
  })
})

it('asks only for encryption when no record can be used', async () => {
  const { cert } = await makeCertificate({ names: ['mx.test'] })
  expect(judge([], [cert])).toBeUndefined()
  expect(judge([], [])).toBeDefined()
})

describe('a host that is an alias', () => {
  const secure = (...records: SecureAnswer['records']): SecureAnswer => ({ kind: 'secure', records })
  const alias = { type: 'CNAME', name: 'mx.test', data: 'host.hoster.test' } as const
  const tlsa = { type: 'TLSA', name: '', data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32) } } as const
  const find = (answers: Readonly<Record<string, SecureAnswer>>) =>
    findDane({ ask: async (name, type) => answers[`${name} ${type}`] ?? secure() }, 'mx.test', 25)

  it('goes by the records of what it leads to, else by its own', async () => {
    const addresses = { 'mx.test A': secure(alias) }
    expect(await find({ ...addresses, '_25._tcp.host.hoster.test TLSA': secure(tlsa) })).toMatchObject({
      kind: 'tls',
      base: 'host.hoster.test',
    })
    expect(await find({ ...addresses, '_25._tcp.mx.test TLSA': secure(tlsa) })).toMatchObject({ kind: 'tls', base: 'mx.test' })
  })

  it('goes by its own records when only the alias is signed, and by none when it is not', async () => {
    const insecure: SecureAnswer = { kind: 'insecure', records: [alias] }
    const answers = { 'mx.test A': insecure, '_25._tcp.mx.test TLSA': secure(tlsa) }
    expect(await find(answers)).toMatchObject({ kind: 'tls', base: 'mx.test' })
    expect(await find({ ...answers, 'mx.test CNAME': { kind: 'insecure', records: [] } })).toEqual({ kind: 'none' })
  })
})
