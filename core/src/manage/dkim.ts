/** DKIM keys of domains: made with the domain, rotated on request, sealed at rest. RFC 6376, RFC 8463 */
import { sealContext } from '../domain/seals.ts'
import { selectorToken } from '../domain/token.ts'
import { dkimPublicKey, generateDkimKey } from '../mail/dkim-keys.ts'
import { change } from '../store/change.ts'
import { findDomain, insertDkimKeys, listLiveDkimKeys, type NewDkimKey, type StoredDkimKey } from '../store/domains.ts'
import { notFound, requirePlace } from './access.ts'
import { type Manage, record } from './context.ts'

/** Every receiver verifies RSA; the other is for those that prefer it. One selector holds one key. RFC 8463 §3 */
const ALGORITHMS = [
  ['rsa', 'rsa-sha256'],
  ['ed25519', 'ed25519-sha256'],
] as const

/** One key of each algorithm, to be stored with their domain. Takes a tenth of a second: not inside a transaction. */
export async function newDkimKeys(manage: Manage, domainId: number): Promise<NewDkimKey[]> {
  return Promise.all(
    ALGORITHMS.map(async ([type, algorithm]) => {
      const { privateKey } = await generateDkimKey(type)
      const id = manage.newId()
      const der = privateKey.export({ type: 'pkcs8', format: 'der' })
      return {
        id,
        domainId,
        selector: `${manage.dnsNames.dkimIdentifier}-${selectorToken(manage.randomBytes)}`,
        algorithm,
        privateKeySealed: Buffer.from(manage.vault.seal(der, sealContext.dkimPrivateKey(id))),
        publicKey: dkimPublicKey(privateKey),
        createdAt: manage.clock(),
      }
    }),
  )
}

/** The value of the TXT record of a stored key. */
export function dkimRecordOf({ algorithm, publicKey }: Pick<StoredDkimKey, 'algorithm' | 'publicKey'>): string {
  const type = algorithm === 'ed25519-sha256' ? ' k=ed25519;' : ''
  return `v=DKIM1;${type} t=s; h=sha256; p=${publicKey};`
}

/**
 * Makes new keys beside the old ones. The old ones sign until a DNS check has seen the new ones, and are retired then;
 * their records should stay a week longer, for mail that is on its way.
 * @throws AppError `domain.not_found`, `auth.forbidden`
 */
export async function rotateDkim(manage: Manage, { id }: { id: number }): Promise<StoredDkimKey[]> {
  const domain = await findDomain(manage.db, id)
  if (!domain) throw notFound('domain')
  await requirePlace(manage, 'domain', domain, 'member')
  const keys = await newDkimKeys(manage, id)
  await change(manage.db, async (tx) => {
    await insertDkimKeys(tx, keys)
    await record(tx, manage, {
      action: 'domain.dkim_rotated',
      subjectId: id,
      organizationId: domain.organizationId,
      details: { selectors: keys.map((key) => key.selector) },
    })
  })
  return listLiveDkimKeys(manage.db, id)
}
