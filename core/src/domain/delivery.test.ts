import { expect, it } from 'vitest'
import { encryptionText } from './delivery.ts'

const secured = { tlsVersion: 'TLSv1.3', tlsCipher: 'TLS_AES_256_GCM_SHA384', tlsPolicy: 'mta-sts' }

it('tells how a connection was secured, and whether its certificate was looked at anew', () => {
  expect(encryptionText({ ...secured, tlsResumed: true })).toBe('TLSv1.3, TLS_AES_256_GCM_SHA384 (mta-sts, resumed session)')
  expect(encryptionText({ ...secured, tlsResumed: false })).toBe('TLSv1.3, TLS_AES_256_GCM_SHA384 (mta-sts, new session)')
  expect(encryptionText({ ...secured, tlsResumed: null })).toBe('TLSv1.3, TLS_AES_256_GCM_SHA384 (mta-sts)')
})

it('tells nothing of one that was not', () => {
  expect(encryptionText({ tlsVersion: null, tlsCipher: null, tlsPolicy: 'none', tlsResumed: null })).toBeUndefined()
})
