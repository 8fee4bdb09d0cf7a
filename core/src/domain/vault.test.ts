/** What is sealed stays sealed, and what is hashed can only be found with the master key. */
import { describe, expect, it } from 'vitest'
import { createVault } from './vault.ts'

const masterKey = new Uint8Array(32).fill(1)
const vault = createVault(masterKey)
const secret = Buffer.from('a webhook secret')

describe('sealing', () => {
  it('gives back what was sealed, also in another process and also when it is empty', () => {
    expect(createVault(masterKey).unseal(vault.seal(secret, 'webhooks.secret:1'), 'webhooks.secret:1')).toEqual(secret)
    expect(vault.unseal(vault.seal(new Uint8Array(), 'x'), 'x')).toHaveLength(0)
  })

  it('never gives the same bytes twice, and never the secret among them', () => {
    const [first, second] = [vault.seal(secret, 'x'), vault.seal(secret, 'x')]
    expect(Buffer.from(first).equals(second)).toBe(false)
    expect(Buffer.from(first).includes(secret)).toBe(false)
    expect(first).toHaveLength(1 + 12 + secret.length + 16)
  })

  it('does not open in another row', () => {
    expect(() => vault.unseal(vault.seal(secret, 'webhooks.secret:1'), 'webhooks.secret:2')).toThrow('belongs elsewhere')
  })

  it('does not open when any byte was changed or cut off', () => {
    const sealed = vault.seal(secret, 'x')
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte))
      expect(() => vault.unseal(changed, 'x'), `byte ${at}`).toThrow()
      expect(() => vault.unseal(sealed.subarray(0, at), 'x'), `${at} bytes`).toThrow()
    }
  })

  it('says so when the master key is another one', () => {
    const other = createVault(new Uint8Array(32).fill(2))
    expect(() => other.unseal(vault.seal(secret, 'x'), 'x')).toThrow('sealed with another master key')
  })
})

describe('hashes and keys', () => {
  it('finds a credential by its hash, but not with another master key', () => {
    expect(vault.keyHash('abc')).toEqual(createVault(masterKey).keyHash('abc'))
    expect(vault.keyHash('abc')).toHaveLength(32)
    expect(vault.keyHash('abc')).not.toEqual(vault.keyHash('abd'))
    expect(vault.keyHash('abc')).not.toEqual(createVault(new Uint8Array(32).fill(2)).keyHash('abc'))
  })

  it('gives each purpose its own key, none of which is the one that seals', () => {
    const keys = ['tracking', 'sessions', 'seal', '../seal'].map((purpose) => Buffer.from(vault.derive(purpose)).toString('hex'))
    expect(new Set(keys).size).toBe(4)
    expect(vault.derive('tracking')).toEqual(createVault(masterKey).derive('tracking'))
  })

  it('keeps its derivation, because stored hashes depend on it', () => {
    expect(Buffer.from(vault.keyHash('abc')).toString('hex')).toBe('64223f631a4c2ad5cad318d135d2d74f2231446c2761517a6649c77e0e1ccf1f')
    expect(Buffer.from(vault.derive('tracking')).toString('hex')).toBe('dbd31b7701d8d62fe43a9de470539888798ebdeaf497415288e318bfc4e9a2c4')
  })
})

it('takes no master key of another length', () => {
  expect(() => createVault(new Uint8Array(16))).toThrow('32 bytes')
})
