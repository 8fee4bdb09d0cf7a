/** Who a client is by what it proves: the key of an SMTP credential, or the address it comes from. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { sealContext } from '../domain/seals.ts'
import type { Credential, Directory, MailServer } from '../store/directory.ts'
import type { Sender } from './dialogue.ts'
import { contains, type Network, parseNetwork } from './networks.ts'
import type { Services } from './services.ts'

/** The key alone names the credential; the user name is not looked at, as Postal's clients put anything there. */
export async function senderByKey({ directory, vault }: Pick<Services, 'directory' | 'vault'>, key: string): Promise<Sender | undefined> {
  const credential = await directory.credentialByKeyHash(Buffer.from(vault.keyHash(key)).toString('hex'))
  return credential?.type === 'smtp' ? withMailServer(directory, 'auth', credential) : undefined
}

/** RFC 2195: the digest over our challenge proves the key without showing it. */
export async function senderByDigest(
  { directory, vault }: Pick<Services, 'directory' | 'vault'>,
  proof: { readonly mailServer: MailServer; readonly challenge: string; readonly digest: string },
): Promise<Sender | undefined> {
  const given = Buffer.from(proof.digest.toLowerCase())
  for (const credential of await directory.smtpCredentials(proof.mailServer.id)) {
    if (!credential.keySealed) continue
    const key = vault.unseal(credential.keySealed, sealContext.credentialKey(credential.id))
    const expected = Buffer.from(createHmac('md5', key).update(proof.challenge).digest('hex'))
    if (given.length === expected.length && timingSafeEqual(given, expected)) {
      return { by: 'auth', credential, mailServer: proof.mailServer }
    }
  }
  return undefined
}

/** The narrowest network wins; a credential whose network cannot be read is passed over. */
export async function senderByAddress({ directory }: Pick<Services, 'directory'>, ip: string): Promise<Sender | undefined> {
  const credentials = await directory.ipCredentials('all')
  const fitting = credentials
    .map((credential) => ({ credential, network: parseNetwork(credential.network ?? '') }))
    .filter((entry): entry is { credential: Credential; network: Network } => entry.network !== undefined && contains(entry.network, ip))
    .sort((a, b) => b.network.bits - a.network.bits)
  for (const { credential } of fitting) {
    const sender = await withMailServer(directory, 'ip', credential)
    if (sender) return sender
  }
  return undefined
}

async function withMailServer(directory: Directory, by: Sender['by'], credential: Credential): Promise<Sender | undefined> {
  const mailServer = await directory.mailServer(credential.mailServerId)
  return mailServer && { by, credential, mailServer }
}
