/** Makes the HTML of a mail fit to be looked at. The frame's policy keeps it harmless; this makes it quiet and complete. */
import type { ParsedAttachment } from '../../../mail/parse.ts'

const IMAGE = /<img\b/gi
const SOURCE = /\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i

/** Ours (`/o/{token}`) and Postal's (`/img/{mail server}/{message}`), on whatever host: looking at a mail here is no open. */
const PIXEL = /^https?:\/\/[^/]+\/(?:o\/[A-Za-z0-9_-]{20,}|img\/[A-Za-z0-9]+\/[A-Za-z0-9]+)(?:[?#]|$)/i

/** What a browser shows as a picture, and nothing that could hold more. */
const INLINE_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
const INLINE_BYTES_MAX = 5_000_000
/** Of all places together: a mail may show one picture a million times. */
const INLINE_TOTAL_MAX = 20_000_000

/** Without tracking pixels, and with the pictures that the mail brings along in their places. */
export function displayHtml(html: string, attachments: readonly ParsedAttachment[]): string {
  const pictures = picturesById(attachments)
  const pieces: string[] = []
  let from = 0
  let room = INLINE_TOTAL_MAX
  for (const { start, end } of imageTags(html)) {
    const tag = html.slice(start, end)
    const source = sourceOf(tag)
    const picture = pictures.get(idOf(source) ?? '')
    const shown = picture && picture.size <= room ? tag.replace(SOURCE, ` src="${dataUrl(picture)}"`) : tag
    if (shown !== tag) room -= picture?.size ?? 0
    pieces.push(html.slice(from, start), PIXEL.test(source) ? '' : shown)
    from = end
  }
  return [...pieces, html.slice(from)].join('')
}

/** By hand, as a pattern for the whole tag looks for its end anew from each beginning. A tag without end is text. */
function* imageTags(html: string): Generator<{ readonly start: number; readonly end: number }> {
  let end = 0
  for (const { index } of html.matchAll(IMAGE)) {
    if (index < end) continue
    end = html.indexOf('>', index) + 1
    if (end === 0) return
    yield { start: index, end }
  }
}

function sourceOf(tag: string): string {
  const [, double, single, bare] = SOURCE.exec(tag) ?? []
  return (double ?? single ?? bare ?? '').replaceAll('&amp;', '&').trim()
}

const picturesById = (attachments: readonly ParsedAttachment[]): ReadonlyMap<string, ParsedAttachment> =>
  new Map(
    attachments
      .filter(({ contentType, size }) => INLINE_TYPES.has(contentType) && size <= INLINE_BYTES_MAX)
      .flatMap((one) => (one.contentId === null ? [] : [[one.contentId, one] as const]))
      .reverse(), // the first of those with one id is the last to be set
  )

const dataUrl = ({ contentType, data }: ParsedAttachment): string => `data:${contentType};base64,${data.toString('base64')}`

/** RFC 2392 §2: the id in the URL is percent-encoded. */
const idOf = (source: string): string | undefined => (/^cid:/i.test(source) ? decode(source.slice('cid:'.length)) : undefined)

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const isRemote = (source: string): boolean => /^(?:https?:)?\/\//i.test(source) && !PIXEL.test(source)

/** Whether something would be fetched from elsewhere if that were allowed. */
export const hasRemoteImages = (html: string): boolean =>
  imageTags(html).some(({ start, end }) => isRemote(sourceOf(html.slice(start, end)))) ||
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
