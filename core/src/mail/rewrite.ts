/** The tracking rewrite: fills the slots of a plan for one recipient. Bytes outside the slots never change. */
import type { PlannedPart, PlannedSlot, TrackingPlan } from './plan-tracking.ts'
import { attribute } from './rewrite-html.ts'
import { encodeBase64, insertQuotedPrintable } from './transfer.ts'

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

/** Fills the slots for one recipient. Without `track` only the `+notrack` marks are taken out. */
export function applyPlan(plan: TrackingPlan, track: Track | null): Rewritten {
  const fill: Fill = { track, allowed: plan.allowed, excluded: matcher(track?.excludedDomains ?? []), links: [], pixels: 0 }
  const pieces: Buffer[] = []
  let from = 0
  for (const part of plan.parts) {
    const body = fillPart(part, fill)
    if (body === undefined) continue
    pieces.push(plan.raw.subarray(from, part.start), body)
    from = part.end
  }
  if (pieces.length === 0) return { raw: plan.raw, links: [], pixels: 0 }
  pieces.push(plan.raw.subarray(from))
  return { raw: Buffer.concat(pieces), links: fill.links, pixels: fill.pixels }
}

type Fill = {
  readonly track: Track | null
  readonly allowed: TrackingPlan['allowed']
  readonly excluded: (url: string) => boolean
  readonly links: string[]
  pixels: number
}

/** The new bytes of a part; undefined when nothing in it changes. */
function fillPart(part: PlannedPart, fill: Fill): Buffer | undefined {
  const pieces: string[] = []
  let from = 0
  for (const slot of part.slots) {
    if (slot.sourceStart < from) continue // it lies in a link that has been replaced
    const text = slotText(slot, fill)
    if (text === undefined) continue
    pieces.push(part.source.slice(from, slot.sourceStart), encodeSlot(part, slot, text))
    from = slot.sourceEnd
  }
  if (pieces.length === 0) return undefined
  pieces.push(part.source.slice(from))
  const bytes = Buffer.from(pieces.join(''), 'latin1')
  return part.encoding === 'base64' ? Buffer.from(encodeBase64(bytes), 'latin1') : bytes
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

function encodeSlot(part: PlannedPart, slot: PlannedSlot, text: string): string {
  if (part.encoding !== 'quoted-printable') return Buffer.from(text).toString('latin1')
  if (text === '') return ''
  const atLineStart = slot.sourceStart === 0 || part.source[slot.sourceStart - 1] === '\n'
  const atLineEnd = '\r\n'.includes(part.source.charAt(slot.sourceEnd)) // also at the very end, where there is no character
  return insertQuotedPrintable(text, { atLineStart, atLineEnd })
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
