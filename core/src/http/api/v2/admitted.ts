/** Lets in whoever proves to be a mail server: by the key of one of its API credentials, as a bearer token. RFC 6750 §2.1 */
import { createMiddleware } from 'hono/factory'
import { AppError } from '../../../domain/errors.ts'
import type { Admission, Admit } from '../admission.ts'
import type { ApiEnv } from './env.ts'

export const admitted = ({ admit }: { readonly admit: Admit }) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const admission = await admit(bearer(c.req.header('authorization')), c.var.client.address)
    if (admission.kind === 'caller') {
      c.set('caller', admission.caller)
      c.set('mailServerId', admission.caller.mailServer.id)
      return next()
    }
    const challenge = CHALLENGES[admission.kind]
    if (challenge) c.header('WWW-Authenticate', challenge)
    throw refusalOf(admission)
  })

/** The scheme in any case. RFC 9110 §11.1 */
const bearer = (header: string | undefined): string | undefined => /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]

/** RFC 6750 §3 */
const CHALLENGES: Readonly<Partial<Record<Admission['kind'], string>>> = { no_key: 'Bearer', bad_key: 'Bearer error="invalid_token"' }

function refusalOf(admission: Exclude<Admission, { kind: 'caller' }>): AppError {
  switch (admission.kind) {
    case 'no_key':
      return new AppError('auth.required', 'Send the key of an API credential: Authorization: Bearer KEY.')
    case 'bad_key':
      return new AppError('auth.invalid', 'No API credential has this key.')
    case 'suspended':
      return new AppError('mail_server.suspended', 'This mail server is suspended.')
    case 'too_many':
      return new AppError('auth.throttled', 'Too many calls have been made. Try again later.', admission)
  }
}
