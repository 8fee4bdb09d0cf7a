/** Sends log lines to Graylog as GELF over UDP, in chunks where one datagram is too small. */
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'

export type GelfOptions = {
  readonly host: string
  readonly port: number
  readonly facility: string
  /** Name of this machine. */
  readonly source: string
  readonly version: string
  readonly randomBytes: (length: number) => Uint8Array
}

export type GelfStream = AsyncDisposable & { readonly write: (line: string) => void }

const LEVELS: Readonly<Record<string, number>> = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 }
/** A datagram that fits into common networks without fragments. */
const CHUNK_BYTES = 1420
const CHUNKS_MAX = 128

export function createGelfStream(options: GelfOptions): GelfStream {
  const socket = createSocket(isIPv6(options.host) ? 'udp6' : 'udp4')
  // UDP has no one to complain to: a log receiver that is away must not stop mail.
  socket.on('error', () => undefined)
  socket.unref()
  return {
    write: (line) => {
      for (const datagram of toDatagrams(toGelf(line, options), options.randomBytes))
        socket.send(datagram, options.port, options.host, () => undefined)
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

/** Every field but message, level and time becomes text with an underscore before its name. */
export function toGelf(line: string, { facility, source, version }: Omit<GelfOptions, 'host' | 'port' | 'randomBytes'>): Buffer {
  // Our own logger wrote the line.
  const { message, level, time, ...fields } = JSON.parse(line) as Record<string, unknown>
  const extra = Object.entries(fields).map(([name, value]) => [
    `_${name === 'id' ? 'id_' : name}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const record = {
    version: '1.1',
    host: source,
    short_message: message || '[message missing]',
    level: LEVELS[String(level)] ?? 6,
    timestamp: Date.parse(String(time)) / 1000,
    facility,
    _version: version,
    ...Object.fromEntries(extra),
  }
  return Buffer.from(JSON.stringify(record))
}

/** A chunk: two magic bytes, eight of the record's id, its number and their count. What needs more than 128 is left out, as GELF says. */
export function toDatagrams(record: Buffer, randomBytes: (length: number) => Uint8Array): Buffer[] {
  if (record.length <= CHUNK_BYTES) return [record]
  const count = Math.ceil(record.length / CHUNK_BYTES)
  if (count > CHUNKS_MAX) return []
  const id = randomBytes(8)
  return Array.from({ length: count }, (_, index) =>
    Buffer.concat([
      Uint8Array.of(0x1e, 0x0f),
      id,
      Uint8Array.of(index, count),
      record.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
    ]),
  )
}
