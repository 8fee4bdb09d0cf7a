/** Tracking: a plan of what may be rewritten in a raw mail, made once, and applied for each recipient. Bytes outside the slots never change. */
import { asciiView } from './charset.ts'
import { type Header, lastHeader } from './headers.ts'
import { normaliseLineEndings } from './line-endings.ts'
import { contentDisposition, type MimePart, readMimeTree } from './mime-tree.ts'
import { attribute, htmlSlots, inOrder } from './rewrite-html.ts'
import { notrackSlots, type PartText, SLOTS_MAX, type Slot, textLinkSlots } from './rewrite-text.ts'
import { decodeBase64Exactly, decodeQuotedPrintable, encodeBase64, insertQuotedPrintable } from './transfer.ts'

export type Track = {
  readonly clicks: boolean
  readonly opens: boolean
  /** Host names, without ports, any case; `*.example.com` stands for everything below. */
  readonly excludedDomains: readonly string[]
  /** The link to write instead; `index` counts the links of the plan, so it is the same for every recipient and setting. Undefined leaves the link. */
  readonly linkFor: (url: string, index: number) => string | undefined
  readonly pixelUrl: string
}

export type Rewritten = {
  /** The same buffer as the plan's when nothing was changed. */
  readonly raw: Buffer
  /** The addresses now behind tracked links, in the order of the mail. */
  readonly links: readonly string[]
  readonly pixels: number
}

export type TrackingPlan = {
  /** With CRLF line endings. */
  readonly raw: Buffer
  readonly headers: readonly Header[]
  /** Every link that could be tracked. */
  readonly links: readonly string[]
  readonly parts: readonly PlannedPart[]
  /** What the author asked for in X-AMP or X-Postal-Track. */
  readonly allowed: { readonly clicks: boolean; readonly opens: boolean }
}

/** A change; positions count bytes of `source`. */
type PlannedSlot = Slot & { readonly index: number; readonly sourceStart: number; readonly sourceEnd: number }

type PlannedPart = {
  /** Where the part's encoded bytes stand in the raw mail. */
  readonly start: number
  readonly end: number
  readonly encoding: Encoding
  /** The encoded bytes; for base64 the decoded ones, because there a change moves everything behind it. */
  readonly source: Buffer
  readonly slots: readonly PlannedSlot[]
}

type Encoding = 'identity' | 'quoted-printable' | 'base64'

/** Parses a mail once. Hostile or unreadable structures give a plan without slots: such a mail goes out as it came. */
export function planTracking(raw: Buffer): TrackingPlan {
  const normalised = normaliseLineEndings(raw)
  const { root, complete } = readMimeTree(normalised)
  const parts = complete ? planParts(normalised, root) : []
  const links = parts.flatMap((part) => part.slots.flatMap((slot) => (slot.kind === 'link' ? [slot.url] : [])))
  const slots = parts.reduce((sum, part) => sum + part.slots.length, 0)
  const bounded = slots > SLOTS_MAX ? { links: [], parts: [] } : { links, parts }
  return { raw: normalised, headers: root.headers, ...bounded, allowed: allowedTracking(root.headers) }
}

/** Fills the slots for one recipient. Without `track` only the `+notrack` marks are taken out. */
export function applyPlan(plan: TrackingPlan, track: Track | null): Rewritten {
  const fill: Fill = { track, allowed: plan.allowed, excluded: matcher(track?.excludedDomains ?? []), links: [], pixels: 0 }
  const pieces: Buffer[] = []
  let from = 0
  for (const part of plan.parts) {
    const body = fillPart(part, fill)
    if (body === undefined) continue
    pieces.push(plan.raw.subarray(from, part.start), ...body)
    from = part.end
  }
  if (pieces.length === 0) return { raw: plan.raw, links: [], pixels: 0 }
  pieces.push(plan.raw.subarray(from))
  return { raw: Buffer.concat(pieces), links: fill.links, pixels: fill.pixels }
}

/** Plan and apply in one step, for a mail with one recipient. */
export const rewriteForTracking = (raw: Buffer, track: Track | null): Rewritten => applyPlan(planTracking(raw), track)

function allowedTracking(headers: readonly Header[]): TrackingPlan['allowed'] {
  const skip = headers.some((header) => header.name === 'x-amp' && header.value.toLowerCase() === 'skip')
  const wish = lastHeader(headers, 'x-postal-track')?.toLowerCase()
  if (skip || wish === 'none') return { clicks: false, opens: false }
  return { clicks: wish !== 'opens', opens: wish !== 'clicks' }
}

/** Signed and encrypted parts are never touched (RFC 1847), nor what is attached, nor text in PGP armour (RFC 9580 §6.2). */
function planParts(raw: Buffer, root: MimePart): PlannedPart[] {
  let links = 0
  const parts: PlannedPart[] = []
  for (const leaf of readableLeaves(root)) {
    const part = planPart(raw, leaf, links)
    if (part === undefined) continue
    links += part.slots.filter((slot) => slot.kind === 'link').length
    parts.push(part)
  }
  return parts
}

function* readableLeaves(part: MimePart): Generator<MimePart> {
  if (part.type === 'multipart/signed' || part.type === 'multipart/encrypted') return
  for (const child of part.children) yield* readableLeaves(child)
  if (part.type !== 'text/plain' && part.type !== 'text/html') return
  const disposition = contentDisposition(part)
  if (disposition?.value !== 'attachment' && disposition?.params.filename === undefined) yield part
}

function planPart(raw: Buffer, leaf: MimePart, firstLink: number): PlannedPart | undefined {
  const encoded = raw.subarray(leaf.bodyStart, leaf.bodyEnd)
  const decoded = decodePart(encoded, leaf.encoding)
  const charset = leaf.params.charset
  const view = decoded && asciiView(decoded.bytes, charset)
  if (decoded === undefined || view === undefined || view.includes('-----BEGIN PGP ')) return undefined

  const slots = slotsOf(leaf, { bytes: decoded.bytes, view, charset })
  if (slots.length === 0) return undefined
  const source = decoded.encoding === 'base64' ? decoded.bytes : encoded
  const placed = placeSlots(slots, firstLink, (at) => decoded.starts?.[at] ?? at)
  const end = decoded.encoding === 'base64' ? leaf.bodyStart + encoded.toString('latin1').trimEnd().length : leaf.bodyEnd
  return { start: leaf.bodyStart, end, encoding: decoded.encoding, source, slots: placed }
}

const slotsOf = (leaf: MimePart, part: PartText): Slot[] =>
  leaf.type === 'text/html' ? htmlSlots(part) : [...textLinkSlots(part), ...notrackSlots(part.view)].sort(inOrder)

function placeSlots(slots: readonly Slot[], firstLink: number, sourceAt: (at: number) => number): PlannedSlot[] {
  let links = firstLink
  return slots.map((slot) => ({
    ...slot,
    index: slot.kind === 'link' ? links++ : -1,
    sourceStart: sourceAt(slot.start),
    sourceEnd: sourceAt(slot.end),
  }))
}

type Decoded = { readonly bytes: Buffer; readonly starts?: Uint32Array; readonly encoding: Encoding }

/** Undefined for an encoding that we do not know or that could not be restored. */
function decodePart(encoded: Buffer, encoding: string): Decoded | undefined {
  if (encoding === '7bit' || encoding === '8bit' || encoding === 'binary') return { bytes: encoded, encoding: 'identity' }
  if (encoding === 'quoted-printable') return { ...decodeQuotedPrintable(encoded), encoding }
  if (encoding !== 'base64') return undefined
  const bytes = decodeBase64Exactly(encoded)
  return bytes && { bytes, encoding }
}

type Fill = {
  readonly track: Track | null
  readonly allowed: TrackingPlan['allowed']
  readonly excluded: (url: string) => boolean
  readonly links: string[]
  pixels: number
}

/** The new bytes of a part; undefined when nothing in it changes. */
function fillPart(part: PlannedPart, fill: Fill): Buffer[] | undefined {
  const pieces: Buffer[] = []
  let from = 0
  for (const slot of part.slots) {
    if (slot.sourceStart < from) continue // it lies in a link that has been replaced
    const text = slotText(slot, fill)
    if (text === undefined) continue
    pieces.push(part.source.subarray(from, slot.sourceStart), encodeSlot(part, slot, text))
    from = slot.sourceEnd
  }
  if (pieces.length === 0) return undefined
  pieces.push(part.source.subarray(from))
  return part.encoding === 'base64' ? [Buffer.from(encodeBase64(Buffer.concat(pieces)), 'latin1')] : pieces
}

function slotText(slot: PlannedSlot, fill: Fill): string | undefined {
  if (slot.kind === 'literal') return slot.text
  if (slot.kind === 'pixel') return pixelText(fill)
  const { track } = fill
  if (!track?.clicks || !fill.allowed.clicks || fill.excluded(slot.url)) return undefined
  const link = track.linkFor(slot.url, slot.index)
  if (link === undefined) return undefined
  fill.links.push(slot.url)
  return slot.form === 'text' ? link : attribute(link, slot.form === 'quoted')
}

/** The class name is what interfaces look for to leave the pixel out. */
function pixelText(fill: Fill): string | undefined {
  if (!fill.track?.opens || !fill.allowed.opens) return undefined
  fill.pixels++
  const hidden = 'display:none;visibility:none;margin:0;padding:0;line-height:0;'
  return `<p class='ampimg' style='${hidden}'><img src='${attribute(fill.track.pixelUrl, true)}' alt=''></p>`
}

function encodeSlot(part: PlannedPart, slot: PlannedSlot, text: string): Buffer {
  if (part.encoding !== 'quoted-printable') return Buffer.from(text)
  if (text === '') return Buffer.alloc(0)
  const atLineStart = slot.sourceStart === 0 || part.source[slot.sourceStart - 1] === 0x0a
  return Buffer.from(insertQuotedPrintable(text, atLineStart), 'latin1')
}

function matcher(excludedDomains: readonly string[]): (url: string) => boolean {
  if (excludedDomains.length === 0) return () => false
  const domains = excludedDomains.map((domain) => domain.trim().toLowerCase())
  const exact = new Set(domains)
  const below = domains.filter((domain) => domain.startsWith('*.')).map((domain) => domain.slice(1))
  return (url) => {
    const host = URL.parse(url)?.hostname ?? ''
    return exact.has(host) || below.some((suffix) => host.endsWith(suffix))
  }
}
