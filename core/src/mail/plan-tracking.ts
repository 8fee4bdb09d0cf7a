/** What may be rewritten in a raw mail, found once for all its recipients. */
import { asciiView } from './charset.ts'
import { type Header, lastHeader } from './headers.ts'
import { normaliseLineEndings } from './line-endings.ts'
import { contentDisposition, type MimePart, readMimeTree } from './mime-tree.ts'
import { htmlSlots, inOrder } from './rewrite-html.ts'
import { notrackSlots, type PartText, SLOTS_MAX, type Slot, textLinkSlots } from './rewrite-text.ts'
import { decodeBase64Exactly, decodeQuotedPrintable } from './transfer.ts'

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
export type PlannedSlot = Slot & { readonly index: number; readonly sourceStart: number; readonly sourceEnd: number }

export type PlannedPart = {
  /** Where the part's encoded bytes stand in the raw mail. */
  readonly start: number
  readonly end: number
  readonly encoding: Encoding
  /** The encoded bytes as Latin-1 text; for base64 the decoded ones, because there a change moves everything behind it. */
  readonly source: string
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
  const source = (decoded.encoding === 'base64' ? decoded.bytes : encoded).toString('latin1')
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
