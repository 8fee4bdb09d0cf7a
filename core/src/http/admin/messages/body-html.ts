/** Makes the HTML of a mail fit to be looked at. The frame's policy keeps it harmless; this makes it quiet and complete. */
import type { ParsedAttachment } from '../../../mail/parse.ts'

const IMAGE = /<img\b[^>]*>/gi
const SOURCE = /\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i

/** Ours (`/o/{token}`) and Postal's (`/img/{mail server}/{message}`), on whatever host: looking at a mail here is no open. */
const PIXEL = /^https?:\/\/[^/]+\/(?:o\/[A-Za-z0-9_-]{20,}|img\/[A-Za-z0-9]+\/[A-Za-z0-9]+)(?:[?#]|$)/i

/** What a browser shows as a picture, and nothing that could hold more. */
const INLINE_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
const INLINE_BYTES_MAX = 5_000_000

/** Without tracking pixels, and with the pictures that the mail brings along in their places. */
export function displayHtml(html: string, attachments: readonly ParsedAttachment[]): string {
  return html.replace(IMAGE, (tag) => {
    const source = sourceOf(tag)
    if (PIXEL.test(source)) return ''
    const picture = source.toLowerCase().startsWith('cid:') ? attached(source.slice('cid:'.length), attachments) : undefined
    return picture ? tag.replace(SOURCE, ` src="data:${picture.contentType};base64,${picture.data.toString('base64')}"`) : tag
  })
}

function sourceOf(tag: string): string {
  const [, double, single, bare] = SOURCE.exec(tag) ?? []
  return (double ?? single ?? bare ?? '').replaceAll('&amp;', '&').trim()
}

/** RFC 2392 §2: the id in the URL is percent-encoded. */
function attached(id: string, attachments: readonly ParsedAttachment[]): ParsedAttachment | undefined {
  const wanted = decode(id)
  const found = attachments.find(({ contentId }) => contentId === wanted)
  return found && INLINE_TYPES.has(found.contentType) && found.size <= INLINE_BYTES_MAX ? found : undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Whether something would be fetched from elsewhere if that were allowed. */
export const hasRemoteImages = (html: string): boolean =>
  [...html.matchAll(IMAGE)].some(([tag]) => /^(?:https?:)?\/\//i.test(sourceOf(tag)) && !PIXEL.test(sourceOf(tag))) ||
  /url\(\s*["']?(?:https?:)?\/\//i.test(html) ||
  /\sbackground\s*=\s*["']?(?:https?:)?\/\//i.test(html)

/** The frame may do nothing but show: no scripts, forms, plugins, frames, fonts; pictures of its own, others when asked for. */
export const framePolicy = ({ remoteImages }: { readonly remoteImages: boolean }): string =>
  [
    'sandbox',
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `img-src data:${remoteImages ? ' https: http:' : ''}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ].join('; ')
