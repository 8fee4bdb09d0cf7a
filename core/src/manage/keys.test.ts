import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { dkimPublicKey } from '../mail/dkim-keys.ts'
import { listLiveDkimKeys } from '../store/domains.ts'
import { currentSigningKey, openInstallationKeys, readSigningKeys, readTrackingKeys, rotateSigningKey, rotateTrackingKey } from './keys.ts'
import { createManageFixture, type ManageFixture, refusal } from './manage.fixture.ts'

let fixture: ManageFixture
beforeEach(async () => {
  fixture = await createManageFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const NONE = { signingKeyPem: null }

it('makes the keys of an installation once, also when processes start together', async () => {
  const opened = await Promise.all([1, 2, 3].map(() => openInstallationKeys(fixture.manage, NONE)))
  expect(opened.map(({ tracking }) => tracking)).toEqual(Array(3).fill(opened[0]?.tracking))
  expect(opened[0]?.tracking).toMatchObject({ current: 1 })
  expect(opened[0]?.tracking.keys.get(1)).toHaveLength(32)
  const moduli = opened.map(({ signing }) => currentSigningKey(signing).privateKey.export({ format: 'jwk' }).n)
  expect(new Set(moduli).size).toBe(1)
  expect(await listLiveDkimKeys(fixture.manage.db, null)).toMatchObject([{ selector: 'postal', algorithm: 'rsa-sha256' }])
  expect(currentSigningKey(opened[0]?.signing ?? []).privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
})

it("takes Postal's signing key, also for the return path domain, whose DNS record is there already", async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const signingKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const { signing } = await openInstallationKeys(fixture.manage, { signingKeyPem })
  expect(dkimPublicKey(currentSigningKey(signing).privateKey)).toBe(dkimPublicKey(privateKey))
  expect(await listLiveDkimKeys(fixture.manage.db, null)).toMatchObject([{ publicKey: dkimPublicKey(privateKey) }])
})

it('refuses a file that holds no RSA key, and makes none in its place', async () => {
  const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  for (const signingKeyPem of ['nonsense', ed25519])
    await expect(openInstallationKeys(fixture.manage, { signingKeyPem })).rejects.toEqual(
      refusal('input.invalid', 'postal.signing_key_path'),
    )
  expect(await readSigningKeys(fixture.manage)).toEqual([])
})

it('signs links with a new key after a rotation and keeps the former one for two years', async () => {
  const first = await openInstallationKeys(fixture.manage, NONE)
  fixture.passMs(1000)
  await rotateTrackingKey(fixture.manage)
  const second = await readTrackingKeys(fixture.manage)
  expect(second.current).toBe(2)
  expect(second.keys.get(1)).toEqual(first.tracking.keys.get(1))
  fixture.passMs(731 * 86_400_000)
  await rotateTrackingKey(fixture.manage)
  expect([...(await readTrackingKeys(fixture.manage)).keys.keys()].sort()).toEqual([2, 3])
})

it('publishes the former signing key after a rotation, and signs with the new one', async () => {
  await openInstallationKeys(fixture.manage, NONE)
  fixture.passMs(1000)
  await rotateSigningKey(fixture.manage)
  const keys = await readSigningKeys(fixture.manage)
  expect(keys.map(({ keyId, retired }) => [keyId, retired])).toEqual([
    [2, false],
    [1, true],
  ])
})

it('rotates for operators only', async () => {
  const user = fixture.as({ type: 'user', id: 1, operator: false, ipAddress: null })
  await expect(rotateTrackingKey(user)).rejects.toEqual(refusal('auth.forbidden'))
})
