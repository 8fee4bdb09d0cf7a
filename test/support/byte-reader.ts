/** Reads a socket by lines or up to a mark, whichever way the bytes were cut into packets, and can let go of the socket for STARTTLS. */
import type { Socket } from 'node:net'

export type ByteReader = {
  /** The next line without its line end; undefined when the other side has ended. A bare LF ends a line too, as SMTP peers often allow. */
  readonly line: () => Promise<string | undefined>
  /** All bytes up to and including the mark. */
  readonly through: (mark: string) => Promise<Buffer | undefined>
  /** Takes only so many bytes more, the unread ones included; the rest is thrown away, and `onFull` called once the last of them is there. */
  readonly allow: (bytes: number, onFull: () => void) => void
  /** Stops listening; what was not read is lost, as it must be before TLS. RFC 3207 §6 */
  readonly release: () => void
}

export function readBytes(socket: Socket): ByteReader {
  let buffer = Buffer.alloc(0)
  let allowed = Number.POSITIVE_INFINITY
  let whenFull = () => {}
  let ended = socket.destroyed
  let wake = () => {}
  const take = (chunk: Buffer) => {
    const taken = chunk.subarray(0, Math.min(chunk.length, allowed))
    buffer = Buffer.concat([buffer, taken])
    allowed -= taken.length
    if (allowed <= 0) whenFull()
    wake()
  }
  const end = () => {
    ended = true
    wake()
  }
  socket.on('data', take).on('end', end).on('close', end).on('error', end)

  const through = async (mark: string): Promise<Buffer | undefined> => {
    for (;;) {
      const at = buffer.indexOf(mark)
      if (at >= 0) {
        const found = buffer.subarray(0, at + mark.length)
        buffer = buffer.subarray(found.length)
        return found
      }
      if (ended) return undefined
      await new Promise<void>((more) => {
        wake = more
      })
    }
  }
  return {
    through,
    line: async () => (await through('\n'))?.toString('latin1').replace(/\r?\n$/, ''),
    allow: (bytes, onFull) => {
      const waiting = buffer
      buffer = Buffer.alloc(0)
      allowed = bytes
      whenFull = onFull
      take(waiting)
    },
    release: () => void socket.off('data', take).off('end', end).off('close', end),
  }
}
