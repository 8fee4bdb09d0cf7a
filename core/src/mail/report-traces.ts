/** Finds what in a report points to the mail that it is about. */
import { type Header, lastHeader } from './headers.ts'
import type { OriginalTraces, ReportEnvelope } from './report.ts'
import { field } from './report-fields.ts'
import type { ReportParts } from './report-parts.ts'

const TRACES_MAX = 20
/** Encoded parts are searched in their decoded text; this is for what no part shows, such as broken MIME. */
const RAW_SEARCHED_MAX = 1024 * 1024

const RETURN_PATH = /\b([a-z]{6})\+([A-Za-z0-9]{16})@[a-z0-9]/g
const TOKEN = /x-postal-msgid:[ \t]*([A-Za-z0-9]{1,32})\b/gi
const MESSAGE_ID = /^[ \t>|]{0,10}(?:original-|x-original-)?message-id:\s{0,4}<([^<>\s]{3,998})>/gim

export function findTraces(raw: Buffer, parts: ReportParts, { rcptTo = '' }: ReportEnvelope): OriginalTraces {
  const { headers, returned, text, deliveryStatus, feedback, disposition } = parts
  const fields = [...deliveryStatus, ...(feedback ? [feedback] : []), ...(disposition ? [disposition] : [])]
  const addressed = [rcptTo, ...valuesOf(headers, ADDRESSED), ...returned.flatMap((mail) => valuesOf(mail, SENT_BY))]
  const rest = raw.toString('latin1', 0, RAW_SEARCHED_MAX)
  const given = fields.flatMap((one) => [field(one, 'original-mail-from') ?? '', field(one, 'x-original-sender') ?? ''])
  return {
    returnPaths: distinctBy(
      [...addressed, ...given, text]
        .flatMap((value) => [...value.matchAll(RETURN_PATH)].slice(0, TRACES_MAX))
        .map(([, mailServer = '', message = '']) => ({ mailServer, message })),
      ({ mailServer, message }) => `${mailServer}+${message}`,
    ),
    tokens: distinct([
      ...returned.flatMap((mail) => valuesOf(mail, ['x-postal-msgid'])),
      ...[text, rest].flatMap((where) => [...where.matchAll(TOKEN)].slice(0, TRACES_MAX).map(([, token = '']) => token)),
    ]),
    messageIds: distinct([
      ...returned.map((mail) => bare(lastHeader(mail, 'message-id'))),
      ...fields.flatMap((one) => [bare(field(one, 'x-original-message-id')), bare(field(one, 'original-message-id'))]),
      ...[...text.matchAll(MESSAGE_ID)].slice(0, TRACES_MAX).map(([, id = '']) => id),
      ...valuesOf(headers, ['x-original-message-id']).map(bare),
      ...valuesOf(headers, ['in-reply-to', 'references']).flatMap((value) =>
        [...value.slice(0, 8_000).matchAll(/<([^<>\s]{3,998})>/g)].map(([, id = '']) => id),
      ),
    ]),
  }
}

const ADDRESSED = ['to', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-forwarded-to', 'apparently-to']
const SENT_BY = ['return-path', 'x-envelope-from', 'resent-sender', 'x-mail-from', 'sender', 'x-original-from', 'envelope-from']

const valuesOf = (headers: readonly Header[], names: readonly string[]): string[] =>
  headers.filter(({ name }) => names.includes(name)).map(({ value }) => value.slice(0, 8_000))

const bare = (id: string | undefined): string => /<([^<>\s]{3,998})>/.exec(id ?? '')?.[1] ?? ''

const distinctBy = <T>(items: readonly T[], keyOf: (item: T) => string): T[] =>
  [...new Map(items.map((item) => [keyOf(item), item])).values()].slice(0, TRACES_MAX)

const distinct = (texts: readonly string[]): string[] => [...new Set(texts.filter((text) => text !== ''))].slice(0, TRACES_MAX)
