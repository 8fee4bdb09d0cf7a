/** What a mail is: one that is sent here to be looked at, or one that came in. */
import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../../../domain/errors.ts'
import { inspectMessage } from '../../../manage/inspect-message.ts'
import { mailIn } from './body.ts'
import { newRoutes, problems, SECURED } from './definition.ts'
import { type ApiV2Deps, manageAs } from './env.ts'
import { Inspection, MessageInspection } from './inspection-schema.ts'
import { MessageName, messageNamed } from './message-name.ts'

const inspectRoute = createRoute({
  method: 'post',
  path: '/inspections',
  operationId: 'inspectMail',
  summary: 'Say what a mail is: a bounce, a delay, a complaint, an automatic answer or none of these, and who sent it',
  description: 'Nothing is stored.',
  security: SECURED,
  request: {
    query: z.object({
      mailFrom: z.string().max(320).optional().openapi({ description: 'Its envelope sender' }),
      rcptTo: z.string().max(320).optional().openapi({ description: 'Its envelope recipient' }),
      offline: z.enum(['true', 'false']).default('false').openapi({ description: 'Do not look up SPF, DKIM, DMARC and ARC' }),
    }),
    body: {
      required: true,
      description: 'The mail as it is, headers first',
      content: { 'message/rfc822': { schema: z.string().openapi({ format: 'binary' }) } },
    },
  },
  responses: {
    200: { description: 'What it is', content: { 'application/json': { schema: Inspection } } },
    ...problems(413, 415, 422),
  },
})

const messageRoute = createRoute({
  method: 'get',
  path: '/messages/{id}/inspection',
  operationId: 'inspectMessage',
  summary: 'Say what a mail is that came in, and who sent it',
  description: 'As it was understood when it came: by that its recipients were suppressed, or not.',
  security: SECURED,
  request: { params: MessageName },
  responses: {
    200: { description: 'What it is', content: { 'application/json': { schema: MessageInspection } } },
    ...problems(404, 410),
  },
})

export const inspectionRoutes = (deps: ApiV2Deps) =>
  newRoutes()
    .openapi(inspectRoute, async (c) => {
      const { mailFrom, rcptTo, offline } = c.req.valid('query')
      const envelope = { ...(mailFrom === undefined ? {} : { mailFrom }), ...(rcptTo === undefined ? {} : { rcptTo }) }
      const found = await mailIn(c, deps, (raw) => deps.inspector.inspect(raw, envelope, { offline: offline === 'true' }))
      return c.json(found, 200)
    })
    .openapi(messageRoute, async (c) => {
      const manage = manageAs(c, deps)
      const message = await messageNamed(manage, c.var.caller.mailServer.id, c.req.valid('param').id)
      if (message.scope !== 'incoming') throw new AppError('message.not_found', 'Only mail that came in is inspected; this one goes out.')
      const { inspection, scan } = await inspectMessage(manage, deps.inspector, message)
      if (!inspection) throw new AppError('message.raw_removed', 'This mail is no longer stored, and what it was has not been kept.')
      return c.json({ messageId: message.id, ...inspection, scan }, 200)
    })
