/** The body of a request that is a mail, as it streams in, up to a size. */
import type { Context } from 'hono'
import { AppError } from '../../../domain/errors.ts'
import type { ApiEnv, ApiV2Deps } from './env.ts'

const TYPE = /^message\/rfc822\s*(?:;|$)/i

/** @throws AppError `input.unsupported`, `input.too_large`, `input.invalid`, `service.busy` */
export function mailIn<T>(c: Context<ApiEnv>, { withBody }: Pick<ApiV2Deps, 'withBody'>, use: (raw: Buffer) => Promise<T>): Promise<T> {
  const field = 'body'
  if (!TYPE.test(c.req.header('content-type') ?? '')) {
    throw new AppError('input.unsupported', 'Send the mail itself, with Content-Type: message/rfc822.', { field })
  }
  return withBody(c.env.incoming, (body) => {
    if (body.kind === 'too_large') c.header('Connection', 'close') // what is still on its way would stand before the next request
    if (body.kind === 'too_large') throw new AppError('input.too_large', 'The mail is larger than this installation accepts.', { field })
    if (body.kind === 'no_memory') throw new AppError('service.busy', 'Too many mails are being sent in. Try again in a moment.')
    if (body.kind === 'gone') throw new AppError('input.invalid', 'The request ended early.', { field })
    if (body.bytes.length === 0) throw new AppError('input.invalid', 'The body is empty.', { field })
    return use(body.bytes)
  })
}
