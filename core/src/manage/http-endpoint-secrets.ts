/** Verbs for the signing secrets of HTTP endpoints. Endpoints that came from Postal have none until one is made. */
import { AppError } from '../domain/errors.ts'
import { sealContext } from '../domain/seals.ts'
import { change } from '../store/change.ts'
import { findHttpEndpoint, type HttpEndpointRow, updateHttpEndpoint } from '../store/endpoints.ts'
import type { MailServer } from '../store/mail-servers.ts'
import type { Manage } from './context.ts'
import { type Named, noteEndpoint, requireEndpoint } from './endpoints.ts'
import { invalid } from './fields.ts'
import { newSigningSecret, type SealedSecrets, unsealSigningSecret } from './signing-secrets.ts'

/** The new secret, and the former one if there was one, sign until `finishHttpEndpointRotation`. @throws AppError `endpoint.not_found`, `auth.forbidden` */
export async function rotateHttpEndpointSecret(manage: Manage, named: Named): Promise<string> {
  const owned = await requireEndpoint(manage, named, findHttpEndpoint)
  const { secret, secretSealed } = newSigningSecret(manage, sealContext.httpEndpointSecret(named.id))
  await save(manage, owned, 'secret_rotated', { secretSealed, previousSecretSealed: owned.endpoint.secretSealed })
  return secret
}

/** The former secret signs no more. @throws AppError `endpoint.not_found`, `auth.forbidden` */
export async function finishHttpEndpointRotation(manage: Manage, named: Named): Promise<void> {
  await save(manage, await requireEndpoint(manage, named, findHttpEndpoint), 'secret_retired', { previousSecretSealed: null })
}

/** Shows the secret once more. @throws AppError `endpoint.not_found`, `endpoint.no_secret`, `auth.forbidden` */
export async function revealHttpEndpointSecret(manage: Manage, named: Named): Promise<string> {
  const owned = await requireEndpoint(manage, named, findHttpEndpoint)
  const { secretSealed } = owned.endpoint
  if (secretSealed === null) throw new AppError('endpoint.no_secret', 'This endpoint has no secret yet; make one.')
  await save(manage, owned, 'secret_revealed', {})
  return unsealSigningSecret(manage.vault, secretSealed, sealContext.httpEndpointSecret(named.id))
}

/** Who proves nothing by a secret keeps Postal's signatures. */
export function requireSomeSignature({ postalSignatures, secretSealed }: Pick<HttpEndpointRow, 'postalSignatures' | 'secretSealed'>): void {
  if (!postalSignatures && secretSealed === null)
    throw invalid(
      'postalSignatures',
      'Make a secret for this endpoint first: without it and without Postal’s signatures nothing would be signed.',
    )
}

type Owned = { readonly mailServer: MailServer; readonly endpoint: HttpEndpointRow }

async function save(manage: Manage, { mailServer, endpoint }: Owned, verb: string, changes: Partial<SealedSecrets>): Promise<void> {
  await change(manage.db, async (tx) => {
    await updateHttpEndpoint(tx, endpoint.id, changes)
    await noteEndpoint(tx, manage, mailServer, { verb, type: 'http', id: endpoint.id, details: {} })
  })
}
