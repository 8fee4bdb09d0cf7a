/** The key that seals forwarded mail: of the domain it came for, else of the installation. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { sealContext } from '../domain/seals.ts'
import type { Vault } from '../domain/vault.ts'
import type { Directory, DkimKey } from '../store/directory.ts'
import type { SealingKey } from './endpoint-couriers.ts'
import type { Job } from './job.ts'

export type SealingKeysOptions = {
  readonly directory: Pick<Directory, 'dkimKeys'>
  readonly vault: Pick<Vault, 'unseal'>
  readonly returnPathDomain: string
}

/** RSA, because receivers that check ARC know nothing else for sure. RFC 8617 §4.1.3 */
export function createSealingKeys({ directory, vault, returnPathDomain }: SealingKeysOptions): (job: Job) => Promise<SealingKey | null> {
  const read = new Map<number, KeyObject>()
  const keyObject = (key: DkimKey): KeyObject => {
    const known = read.get(key.id)
    if (known) return known
    const der = Buffer.from(vault.unseal(key.privateKeySealed, sealContext.dkimPrivateKey(key.id)))
    const object = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    read.set(key.id, object)
    return object
  }
  const rsa = (keys: readonly DkimKey[]) => keys.find((key) => key.algorithm === 'rsa-sha256')
  return async ({ domain }) => {
    const own = domain?.dkimOk ? rsa(await directory.dkimKeys(domain.id)) : undefined
    const key = own ?? rsa(await directory.dkimKeys(0))
    if (!key) return null
    return { domain: own && domain ? domain.name : returnPathDomain, selector: key.selector, key: keyObject(key) }
  }
}
