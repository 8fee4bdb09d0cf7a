/** How API v2 explains a message or a site. */
import { z } from '@hono/zod-openapi'

const lines = z.array(z.string()).readonly().openapi({ description: 'In plain words; the first says the most' })
const text = z.string().nullable()

const Attempt = z
  .object({
    id: z.int(),
    status: z.string().openapi({ example: 'soft_failed' }),
    details: z.string(),
    output: z.string().openapi({ description: 'The last reply' }),
    host: text,
    sourceIp: text,
    tlsVersion: text,
    tlsCipher: text,
    tlsPolicy: text,
    tlsResumed: z.boolean().nullable(),
    replyClass: text,
    maybeDuplicate: z.boolean(),
    ms: z.int().nullable(),
    createdAt: z.iso.datetime(),
    transcript: text.openapi({ description: 'The SMTP dialogue without the mail and without logins, when it was kept' }),
  })
  .openapi('Attempt')

export const Limit = z
  .object({
    kind: z.enum(['suspend', 'rate', 'connections', 'move']),
    amount: z.int().nullable(),
    sourceIp: text.openapi({ description: 'Our address that it is about; null for all' }),
    rule: z.string(),
    until: z.iso.datetime(),
  })
  .openapi('Limit', { description: 'Brought about by replies of the site' })

export const MessageExplanation = z
  .object({ messageId: z.int(), lines, attempts: z.array(Attempt).readonly(), limits: z.array(Limit).readonly() })
  .openapi('MessageExplanation')

export const SiteExplanation = z.object({ domain: z.string(), lines, limits: z.array(Limit).readonly() }).openapi('SiteExplanation')
