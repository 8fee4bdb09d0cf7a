/** What API v2 says of a mail. */
import { z } from '@hono/zod-openapi'
import { REPLY_CLASSES, type ReplyClass } from '../../../domain/smtp-reply-class.ts'

const ReplyClassName = z
  .enum(Object.keys(REPLY_CLASSES) as [ReplyClass, ...ReplyClass[]]) // its keys are that type
  .openapi('ReplyClass', { description: 'Why it was refused' })

const nullable = (description: string) => z.string().nullable().openapi({ description })

const Verdicts = z
  .object({
    spf: z.string().openapi({ example: 'pass' }),
    dkim: z.array(z.object({ domain: z.string(), selector: z.string(), result: z.string() })).readonly(),
    dmarc: z.string(),
    dmarcPolicy: z.string().nullable(),
    arc: z.string(),
  })
  .openapi('AuthenticationVerdicts', { description: 'In the words of RFC 8601' })

const ReportedRecipient = z
  .object({
    address: z.string(),
    status: nullable('Enhanced status code, such as 5.1.1'),
    diagnostic: nullable('The words of the server that refused'),
    class: ReplyClassName,
    permanent: z.boolean(),
    personal: z.boolean().openapi({ description: 'Permanent and about this one address: it is to be suppressed' }),
  })
  .openapi('ReportedRecipient')

const strings = (description: string) => z.array(z.string()).readonly().openapi({ description })

export const Inspection = z
  .object({
    kind: z.enum(['bounce', 'delay', 'complaint', 'auto_reply', 'challenge', 'ordinary']),
    foundBy: z
      .enum(['delivery_status', 'feedback_report', 'jmrp', 'disposition', 'failed_recipients', 'text', 'headers', 'nothing'])
      .openapi({ description: 'By what the kind is known' }),
    class: ReplyClassName.nullable().openapi({ description: 'Of the first recipient; null for what is neither bounce nor delay' }),
    meaning: nullable('The class as a sentence'),
    permanent: z.boolean(),
    status: nullable('Of the first recipient'),
    diagnostic: nullable('Of the first recipient'),
    recipients: z.array(ReportedRecipient).readonly(),
    original: z
      .object({
        returnPaths: z.array(z.object({ mailServer: z.string(), message: z.string() })).readonly(),
        tokens: strings('Of X-Postal-MsgID'),
        messageIds: strings('Without angle brackets'),
      })
      .openapi({ description: 'What points to the mail that it is about, from the surest to the least' }),
    complaint: z.object({ type: z.string(), reporter: z.string().nullable(), sourceIp: z.string().nullable() }).nullable(),
    authentication: Verdicts.nullable().openapi({ description: 'Null when nobody was asked' }),
  })
  .openapi('Inspection')

const Scan = z
  .object({
    spam: z.boolean().openapi({ description: 'By the thresholds of now' }),
    spamScore: z.number(),
    threat: z.boolean(),
    threatDetails: z.string(),
    incomplete: z.boolean().openapi({ description: 'Not all scanners answered' }),
    checks: z.array(z.object({ name: z.string(), score: z.number(), description: z.string() })).readonly(),
  })
  .openapi('Scan')

export const MessageInspection = Inspection.extend({
  messageId: z.int(),
  scan: Scan.nullable().openapi({ description: 'What scanners found; null when none was asked' }),
}).openapi('MessageInspection')
