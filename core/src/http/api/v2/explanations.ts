/** Why a message or a site stands as it does: what page and command line say, as far as it is the mail server's own business. */
import { createRoute, z } from '@hono/zod-openapi'
import { type Explanation, explainMessage, explainSite } from '../../../delivery/explain.ts'
import { isDeliverable, normaliseDomain } from '../../../domain/address.ts'
import { AppError } from '../../../domain/errors.ts'
import { explainingFor } from '../../admin/explaining.ts'
import { createAtOnce } from './at-once.ts'
import { newRoutes, problems, SECURED } from './definition.ts'
import type { ApiV2Deps } from './env.ts'
import { type Limit, MessageExplanation, SiteExplanation } from './explanation-schema.ts'
import { MessageName, messageNamed } from './message-name.ts'

const messageRoute = createRoute({
  method: 'get',
  path: '/messages/{id}/explanation',
  operationId: 'explainMessage',
  summary: 'Say why a message stands as it does, and what happens next',
  security: SECURED,
  request: { params: MessageName },
  responses: {
    200: { description: 'How it stands', content: { 'application/json': { schema: MessageExplanation } } },
    ...problems(404),
  },
})

const Domain = z
  .string()
  .max(253)
  .transform(normaliseDomain)
  .refine((domain) => isDeliverable(`a@${domain}`), 'This is not the name of a domain.')

const siteRoute = createRoute({
  method: 'get',
  path: '/sites/{domain}/explanation',
  operationId: 'explainSite',
  summary: 'Say which limits hold for mail to a domain, and how it went in the last hour',
  security: SECURED,
  request: { params: z.object({ domain: Domain.openapi({ type: 'string', example: 'client.example' }) }) },
  responses: {
    200: { description: 'How it stands', content: { 'application/json': { schema: SiteExplanation } } },
    ...problems(422),
  },
})

/** They ask DNS, which may take seconds. */
const BOUNDS = { ofAllMax: 16, ofOneMax: 4 }

export function explanationRoutes(deps: ApiV2Deps) {
  const dns = deps.manage.newDns() // what it remembers is shared by all calls
  const explaining = explainingFor({ ...deps.manage, newDns: () => dns }, deps)
  const atOnce = createAtOnce(BOUNDS)
  return newRoutes()
    .openapi(messageRoute, async (c) => {
      const mailServerId = c.var.caller.mailServer.id
      const { id } = await messageNamed(deps.manage, mailServerId, c.req.valid('param').id)
      const found = await atOnce(mailServerId, () => explainMessage(explaining, id, mailServerId))
      if (!found) throw new AppError('message.not_found', 'This mail server has no such message.', { field: 'id' })
      const { lines, attempts, limits } = found
      return c.json({ messageId: id, lines, attempts: attempts.map(attemptOf), limits: limits.map(limitOf) }, 200)
    })
    .openapi(siteRoute, async (c) => {
      const { domain } = c.req.valid('param')
      const mailServerId = c.var.caller.mailServer.id
      const { lines, limits } = await atOnce(mailServerId, () => explainSite(explaining, domain, mailServerId))
      return c.json({ domain, lines, limits: limits.map(limitOf) }, 200)
    })
}

const attemptOf = ({ createdAt, ...attempt }: Explanation['attempts'][number]) => ({ ...attempt, createdAt: createdAt.toISOString() })

const limitOf = ({ kind, amount, sourceIp, rule, until }: Explanation['limits'][number]): z.infer<typeof Limit> => ({
  ...{ kind, amount, rule },
  sourceIp: sourceIp || null,
  until: until.toISOString(),
})
