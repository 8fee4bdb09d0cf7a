/** What a mail says, and its download. Only for members; every look leaves an audit entry. */
import { Hono } from 'hono'
import { AppError } from '../../../domain/errors.ts'
import type { Message } from '../../../domain/message.ts'
import { decodeWords } from '../../../mail/addresses.ts'
import { readHeaders } from '../../../mail/headers.ts'
import { type ParsedMail, parseMail } from '../../../mail/parse.ts'
import { type ContentInput, openMessageContent } from '../../../manage/message-content.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { frameOf, type ServerFrame } from '../mail-servers/frame.tsx'
import { mailServerPlace, type Place } from '../place.ts'
import { send } from '../send.ts'
import { sizeText } from '../ui/size.ts'
import { type View, viewOf } from '../ui/view.ts'
import { displayHtml, framePolicy, hasRemoteImages } from './body-html.ts'
import { AttachmentsPage, type HeaderLine, HeadersPage, HtmlPage, PlainPage, RemovedPage } from './content-page.tsx'
import { attachmentName } from './file-name.ts'
import type { MessageHead, MessageTab } from './frame.tsx'
import { headAt, messageId } from './show.tsx'

export function contentRoutes(deps: AdminDeps): Hono<AdminEnv> {
  const tab = (name: MessageTab, page: TabPage) => (c: AdminContext) => showTab(c, deps, name, page)
  return new Hono<AdminEnv>()
    .get('/messages/:id/headers', tab('headers', headersPage))
    .get('/messages/:id/plain', tab('plain', plainPage))
    .get('/messages/:id/html', tab('html', htmlPage))
    .get('/messages/:id/attachments', tab('attachments', attachmentsPage))
    .get('/messages/:id/html/body', (c) => htmlBody(c, deps))
    .get('/messages/:id/attachments/:number', (c) => attachment(c, deps))
    .get('/messages/:id/download', (c) => download(c, deps))
}

type Shown = { readonly view: View; readonly server: ServerFrame; readonly message: MessageHead }
type TabPage = (shown: Shown, raw: Buffer, c: AdminContext) => Parameters<typeof send>[1]

async function showTab(c: AdminContext, deps: AdminDeps, tab: MessageTab, page: TabPage): Promise<Response> {
  const { place, message, raw } = await contentOf(c, deps, 'viewed')
  const view = viewOf(c, deps)
  const shown: Shown = { view, server: frameOf(place), message: await headAt(place, message, view.timeZone) }
  return raw ? send(c, page(shown, raw, c)) : send(c, <RemovedPage {...shown} tab={tab} />, 410)
}

type Content = { readonly place: Place; readonly message: Message; readonly raw: Buffer | null }

async function contentOf(c: AdminContext, deps: AdminDeps, as: ContentInput['as']): Promise<Content> {
  const place = await mailServerPlace(c, deps)
  return { place, ...(await openMessageContent(place.manage, { mailServerId: place.mailServer.id, id: messageId(c), as })) }
}

/** A page of more is for nobody. */
const HEADERS_MAX = 1_000

const headersPage: TabPage = (shown, raw) => {
  const headers = readHeaders(raw)
  const lines = headers.slice(0, HEADERS_MAX).map((header) => lineOf(raw, header))
  return <HeadersPage {...shown} headers={lines} more={headers.length - lines.length} />
}

/** With the name as it was written. */
const lineOf = (raw: Buffer, header: ReturnType<typeof readHeaders>[number]): HeaderLine => ({
  name: raw.toString('latin1', header.start, header.valueStart - 1).trim(),
  value: decodeWords(header.value),
})

const plainPage: TabPage = (shown, raw) => <PlainPage {...shown} text={parseMail(raw).plainBody} />

const htmlPage: TabPage = (shown, raw, c) => {
  const { htmlBody } = parseMail(raw)
  const remote = htmlBody !== null && hasRemoteImages(htmlBody)
  const remoteImages = !remote ? 'none' : c.req.query('images') === 'shown' ? 'shown' : 'blocked'
  return <HtmlPage {...shown} present={htmlBody !== null} remoteImages={remoteImages} />
}

const attachmentsPage: TabPage = (shown, raw) => {
  const rows = parseMail(raw).attachments.map(({ filename, contentType, size, inline }, index) => ({
    ...{ filename, contentType, inline },
    size: sizeText(size),
    href: `${shown.message.href}/attachments/${index + 1}`,
  }))
  return <AttachmentsPage {...shown} attachments={rows} />
}

/** For the frame only. Its policy is a sandbox of its own, also when somebody opens it without the frame. */
async function htmlBody(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { htmlBody: html, attachments } = await mailOf(c, deps, 'looked_at')
  if (html === null) throw new AppError('message.not_found', 'This mail has no HTML part.')
  return c.body(displayHtml(html, attachments), 200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': framePolicy({ remoteImages: c.req.query('images') === 'shown' }),
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'SAMEORIGIN',
    'x-content-type-options': 'nosniff',
  })
}

async function mailOf(c: AdminContext, deps: AdminDeps, as: ContentInput['as']): Promise<ParsedMail> {
  const { raw } = await contentOf(c, deps, as)
  return parseMail(raw ?? gone())
}

const gone = (): never => {
  throw new AppError('message.raw_removed', 'The content of this message is no longer stored.')
}

async function attachment(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const found = (await mailOf(c, deps, 'downloaded')).attachments[Number(c.req.param('number')) - 1]
  if (!found) throw new AppError('message.not_found', 'There is no such attachment.')
  return file(c, found.data, { type: found.contentType, name: found.filename })
}

async function download(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, message, raw } = await contentOf(c, deps, 'downloaded')
  const name = `Message-${place.organization.permalink}-${place.mailServer.permalink}-${message.id}.eml`
  return file(c, raw ?? gone(), { type: 'message/rfc822', name })
}

const TYPE = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/

/** Always a download, never shown: what mails bring along must not run under our name. */
const file = (c: AdminContext, data: Buffer, { type, name }: { type: string; name: string }): Response =>
  c.body(new Uint8Array(data), 200, {
    'content-type': TYPE.test(type) ? type : 'application/octet-stream',
    'content-disposition': attachmentName(name),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  })
