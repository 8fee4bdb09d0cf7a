/** Makes the raw mail that is stored of the data that came: trace in front, what is missing added, what is not for us to pass on left out. */
import { rfc2822Date } from '../mail/date.ts'
import { type Header, slicesWithout, splitMail } from '../mail/headers.ts'
import { receivedHeader } from '../mail/received.ts'
import { type Dialogue, protocolOf } from './dialogue.ts'
import { KEY_HEADER } from './idempotency.ts'

/** A mail and the block of memory it lies in, with room in front. */
export type Block = { readonly block: Buffer; readonly start: number; readonly end: number }

export type Assembly = Block & {
  readonly headers: readonly Header[]
  /** Finished header lines. */
  readonly added: string
}

/** RFC 6409 §8: a submission server completes what its client left out. */
export function addedFields(
  dialogue: Dialogue,
  headers: readonly Header[],
  facts: { ptr: string | undefined; now: Date; messageId: () => string },
): string {
  const { client, greeting, hostname, sender } = dialogue
  const hidden = sender?.mailServer.privacyMode === true
  const trace = receivedHeader({
    client: hidden ? null : { helo: greeting?.name ?? '', ptr: facts.ptr, ip: client.ip },
    hostname,
    protocol: protocolOf(dialogue),
    date: facts.now,
  })
  if (!sender) return trace
  const missing = (name: string): boolean => !headers.some((header) => header.name === name)
  const date = missing('date') ? `Date: ${rfc2822Date(facts.now)}\r\n` : ''
  return trace + date + (missing('message-id') ? `Message-ID: <${facts.messageId()}>\r\n` : '')
}

/** What is not stored: hidden recipients and forged ids of a sender; orders to us from those who may not give any. */
export function isLeftOut(name: string, authenticated: boolean): boolean {
  if (authenticated) return name === 'bcc' || name === 'x-postal-msgid' || name === KEY_HEADER
  return name.startsWith('x-posthaste-') || name === 'x-postal-tag' || name === 'x-postal-track'
}

/** Written into the room in front, so that a large mail is not copied. */
export function assemble({ block, start, end, headers, added }: Assembly, leftOut: (header: Header) => boolean): Buffer {
  const mail = block.subarray(start, end)
  const { headerEnd, bodyStart } = splitMail(mail)
  const bodyOnly = headerEnd > 0 && headers[0]?.start !== 0 // its first line is no field
  const gone = bodyOnly ? [] : headers.filter(leftOut)
  const kept = gone.length === 0 ? [] : slicesWithout(mail, gone, headerEnd)
  const front = Buffer.concat([Buffer.from(bodyOnly ? `${added}\r\n` : added), ...kept])

  const rest = gone.length === 0 ? start : start + headerEnd
  const placed = front.length <= rest ? placeBefore(rest, front, block.subarray(0, end)) : Buffer.concat([front, block.subarray(rest, end)])
  return bodyOnly || bodyStart > headerEnd ? placed : Buffer.concat([placed, Buffer.from('\r\n')])
}

function placeBefore(at: number, front: Buffer, block: Buffer): Buffer {
  front.copy(block, at - front.length)
  return block.subarray(at - front.length)
}
