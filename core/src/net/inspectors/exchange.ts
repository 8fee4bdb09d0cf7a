/** One question and one answer over TCP, within a time and a size. */
import { connect } from 'node:net'

export type Exchange = {
  readonly host: string
  readonly port: number
  /** Written in their order; then our side is closed. */
  readonly pieces: Iterable<Buffer>
  readonly timeoutMs: number
}

export type ExchangeResult = { readonly kind: 'answer'; readonly bytes: Buffer } | { readonly kind: 'fault'; readonly timedOut: boolean }

const ANSWER_BYTES_MAX = 1024 * 1024

export function exchange({ host, port, pieces, timeoutMs }: Exchange): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    const received: Buffer[] = []
    let length = 0
    const socket = connect({ host, port })
    const settle = (result: ExchangeResult) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => settle({ kind: 'fault', timedOut: true }), timeoutMs)
    socket.on('data', (piece: Buffer) => {
      received.push(piece)
      length += piece.length
      if (length > ANSWER_BYTES_MAX) settle({ kind: 'fault', timedOut: false })
    })
    // A scanner may answer before it has read all, and close: what it said counts.
    socket.on('error', () => settle(length > 0 ? { kind: 'answer', bytes: Buffer.concat(received) } : { kind: 'fault', timedOut: false }))
    socket.on('end', () => settle({ kind: 'answer', bytes: Buffer.concat(received) }))
    socket.on('connect', () => {
      for (const piece of pieces) socket.write(piece)
      socket.end()
    })
  })
}
