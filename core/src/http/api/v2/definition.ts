/** How API v2 is defined: its description, its key, and its problems, which every operation names. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { AppError } from '../../../domain/errors.ts'
import type { ApiEnv } from './env.ts'

export const apiInfo = {
  openapi: '3.1.0',
  info: {
    title: 'Posthaste API',
    version: '2',
    description:
      'Answers are JSON, refusals `application/problem+json` (RFC 9457) with a stable `code`, and the `field` at fault where there is one.',
  },
  servers: [{ url: '/api/v2' }],
}

const KEY = 'key'
export const KEY_SCHEME = [
  KEY,
  { type: 'http', scheme: 'bearer', description: 'The key of an API credential of the mail server, the one that API v1 takes too.' },
] as const
export const SECURED = [{ [KEY]: [] }]

/** Routes whose input is checked before they run: the first mistake is told with its field. */
export const newRoutes = (): OpenAPIHono<ApiEnv> =>
  new OpenAPIHono<ApiEnv>({
    strict: false,
    defaultHook: (result) => {
      if (result.success) return
      const [issue] = result.error.issues
      const field = issue?.path.join('.')
      throw new AppError('input.invalid', issue?.message ?? 'The input is not valid.', field ? { field } : {})
    },
  })

const Problem = z
  .object({
    type: z.string(),
    status: z.int(),
    title: z.string().openapi({ description: 'What the code means, whatever the case' }),
    detail: z.string().optional().openapi({ description: 'What was wrong this time' }),
    code: z.string().openapi({ description: 'Stable, for programs', example: 'input.invalid' }),
    field: z.string().optional().openapi({ description: 'The part of the request at fault', example: 'mailFrom' }),
    request_id: z.string().openapi({ description: 'Finds the request in the log' }),
  })
  .openapi('Problem')

const PROBLEMS = {
  401: 'No key, or one that is not valid',
  403: 'The mail server is suspended',
  404: 'There is no such thing, or it is not of this mail server',
  410: 'The raw mail is no longer kept',
  413: 'The body is too large',
  415: 'The body is of a type that is not understood here',
  422: 'Something in the request is not valid',
  429: 'Too many calls; `Retry-After` says when to come again',
  503: 'Too much is being done, or the database is away; `Retry-After` says when to come again',
} as const

type Status = keyof typeof PROBLEMS
type Answer = { readonly description: string; readonly content: { 'application/problem+json': { schema: typeof Problem } } }

/** Those that every operation has, and its own. */
export function problems<Own extends Status = never>(...own: readonly Own[]): Record<401 | 403 | 429 | 503 | Own, Answer> {
  const statuses: readonly Status[] = [401, 403, 429, 503, ...own]
  const answers = statuses.map((status): [Status, Answer] => [
    status,
    { description: PROBLEMS[status], content: { 'application/problem+json': { schema: Problem } } },
  ])
  return Object.fromEntries(answers) as Record<Status, Answer> // of the statuses above
}
