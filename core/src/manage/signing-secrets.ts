/** Secrets by which receivers know that a request is ours (https://www.standardwebhooks.com); each webhook and HTTP endpoint has its own. */
import type { KeyObject } from 'node:crypto'
import type { Vault } from '../domain/vault.ts'
import { standardSecret } from '../net/body-signatures.ts'
import type { Manage } from './context.ts'

/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32

export type SealedSecrets = {
  /** UTF-8 of `whsec_…`; null where none was made. */
  readonly secretSealed: Buffer | null
  /** Null unless a secret is being replaced: then both sign. */
  readonly previousSecretSealed: Buffer | null
}

export type NewSecret = { readonly secret: string; readonly secretSealed: Buffer }

/** @param context what it is sealed for, by `domain/seals.ts` */
export function newSigningSecret({ randomBytes, vault }: Pick<Manage, 'randomBytes' | 'vault'>, context: string): NewSecret {
  const secret = `whsec_${Buffer.from(randomBytes(SECRET_BYTES)).toString('base64')}`
  return { secret, secretSealed: Buffer.from(vault.seal(Buffer.from(secret), context)) }
}

type Unsealing = Pick<Vault, 'unseal'>

export const unsealSigningSecret = (vault: Unsealing, sealed: Buffer, context: string): string =>
  Buffer.from(vault.unseal(sealed, context)).toString()

/** All that sign, the newer first. */
export const signingKeysOf = (vault: Unsealing, { secretSealed, previousSecretSealed }: SealedSecrets, context: string): KeyObject[] =>
  [secretSealed, previousSecretSealed].flatMap((sealed) => (sealed ? [standardSecret(unsealSigningSecret(vault, sealed, context))] : []))
