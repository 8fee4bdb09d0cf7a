/**
 * Reads a form that brings a file, without copying it. RFC 7578
 * The platform's own reader takes seconds for a few megabytes of tiny parts or headers, and meanwhile nobody else is answered.
 */

/** Its fields by name; of several with one name, the last. */
export type FormParts = ReadonlyMap<string, FormPart>

export type FormPart = {
  /** Null for a field that is no file; empty when a file was asked for and none was chosen. */
  readonly fileName: string | null
  /** A view of the body. */
  readonly bytes: Buffer
}

const PARTS_MAX = 30
const PART_HEADER_BYTES_MAX = 4_096
const CRLF = '\r\n'
const BLANK_LINE = '\r\n\r\n'

/** Undefined for what no browser sends. */
export function readMultipart(body: Buffer, contentType: string): FormParts | undefined {
  const boundary = /^multipart\/form-data\s*;\s*boundary=(?:"([^"]{1,70})"|([^\s";]{1,70}))\s*$/i.exec(contentType)
  const delimiter = `${CRLF}--${boundary?.[1] ?? boundary?.[2]}`
  const opening = delimiter.slice(CRLF.length)
  if (!boundary || !startsWith(body, opening, 0)) return undefined
  const parts = new Map<string, FormPart>()
  let at = opening.length
  for (let count = 0; count <= PARTS_MAX; count += 1) {
    if (startsWith(body, '--', at)) return parts
    const end = body.indexOf(delimiter, at)
    if (end < 0 || !startsWith(body, CRLF, at)) return undefined
    const found = readPart(body.subarray(at, end))
    if (!found) return undefined
    parts.set(...found)
    at = end + delimiter.length
  }
  return undefined
}

function startsWith(body: Buffer, text: string, at: number): boolean {
  return body.toString('latin1', at, at + text.length) === text
}

/** @param bytes from the line ending that the delimiter stands before */
function readPart(bytes: Buffer): [name: string, part: FormPart] | undefined {
  const headerEnd = bytes.subarray(0, PART_HEADER_BYTES_MAX).indexOf(BLANK_LINE)
  if (headerEnd < 0) return undefined
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(bytes.toString('utf8', 0, headerEnd))?.[1] ?? ''
  const name = parameter(disposition, 'name')
  if (name === null) return undefined
  return [name, { fileName: parameter(disposition, 'filename'), bytes: bytes.subarray(headerEnd + BLANK_LINE.length) }]
}

/** Browsers write a quotation mark in a name as `%22`. */
const parameter = (disposition: string, name: string): string | null =>
  new RegExp(`(?:^|[;\\s])${name}="([^"]*)"`, 'i').exec(disposition)?.[1]?.replaceAll('%22', '"') ?? null
