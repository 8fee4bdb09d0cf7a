/** The bytes of a tracking token before its tag: fixed fields first, the destination last. */
import { leadsSomewhere, PURPOSES, type Purpose, purposeByte } from './purpose.ts'
import { decodeText, encodeText } from './text.ts'

export type TokenClaims = {
  readonly purpose: Purpose
  readonly keyId: number
  readonly mailServerId: number
  /** 0 when a redirect belongs to no message. */
  readonly messageId: number
  /** Counts the links of a message; 0 where there is none. */
  readonly link: number
  /** Days since 1970 (`dayOf`). */
  readonly issuedDay: number
  /** An http or https URL for clicks and redirects, else empty. */
  readonly destination: string
}

const VERSION = 1
const ID_BYTES = 7 // 53 bits
const ID_AT = 3
const LINK_AT = ID_AT + 2 * ID_BYTES
const DAY_AT = LINK_AT + 2
export const HEAD_BYTES = DAY_AT + 2
const FIELD_MAX = 0xffff

/** Undefined when a claim does not fit: the caller then leaves its link alone. */
export function writeClaims(claims: TokenClaims): Uint8Array<ArrayBuffer> | undefined {
  if (!fits(claims)) return undefined
  const destination = encodeText(claims.destination)
  const bytes = new Uint8Array(HEAD_BYTES + destination.length)
  const view = new DataView(bytes.buffer)
  bytes[0] = VERSION
  bytes[1] = purposeByte(claims.purpose)
  bytes[2] = claims.keyId
  writeId(view, ID_AT, claims.mailServerId)
  writeId(view, ID_AT + ID_BYTES, claims.messageId)
  view.setUint16(LINK_AT, claims.link)
  view.setUint16(DAY_AT, claims.issuedDay)
  bytes.set(destination, HEAD_BYTES)
  return bytes
}

/** Reads what `writeClaims` wrote; undefined for anything else. Says nothing about who wrote it. */
export function readClaims(bytes: Uint8Array): TokenClaims | undefined {
  if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION) return undefined
  const purpose = PURPOSES.find((one) => purposeByte(one) === bytes[1])
  const destination = decodeText(bytes.subarray(HEAD_BYTES))
  if (purpose === undefined || destination === undefined) return undefined

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const claims: TokenClaims = {
    purpose,
    keyId: view.getUint8(2),
    mailServerId: readId(view, ID_AT),
    messageId: readId(view, ID_AT + ID_BYTES),
    link: view.getUint16(LINK_AT),
    issuedDay: view.getUint16(DAY_AT),
    destination,
  }
  return fits(claims) ? claims : undefined
}

function fits({ purpose, mailServerId, messageId, link, issuedDay, destination }: TokenClaims): boolean {
  const numbersFit = isId(mailServerId) && isId(messageId) && isField(link) && isField(issuedDay)
  return numbersFit && (leadsSomewhere(purpose) ? isWebUrl(destination) : destination === '')
}

const isId = (id: number): boolean => Number.isSafeInteger(id) && id >= 0
const isField = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= FIELD_MAX
/** Nobody is ever led to `javascript:`, `data:` and the like, whatever is signed. */
const isWebUrl = (text: string): boolean => /^https?:\/\/[^/?#]/i.test(text) && text.isWellFormed() && URL.canParse(text)

function writeId(view: DataView, at: number, id: number): void {
  view.setUint32(at + 3, id % 2 ** 32)
  const high = Math.floor(id / 2 ** 32)
  view.setUint8(at, high >>> 16)
  view.setUint16(at + 1, high & 0xffff)
}

const readId = (view: DataView, at: number): number =>
  (view.getUint8(at) * 0x10000 + view.getUint16(at + 1)) * 2 ** 32 + view.getUint32(at + 3)
