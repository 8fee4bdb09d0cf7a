/** Reads the PROXY header from a socket of a trusted proxy and gives back what follows it. */
import type { Socket } from 'node:net'
import { type ProxyHeader, parseProxyHeader } from './proxy-header.ts'

export type ProxySource = Extract<ProxyHeader, { kind: 'header' }>['source']

/** Resolves with `invalid` also when the socket ends before the header does. The time it may take is the caller's business. */
export function readProxyHeader(socket: Socket): Promise<ProxySource | 'invalid'> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0)
    const finish = (result: ProxySource | 'invalid'): void => {
      socket.off('readable', read).off('end', invalid).off('close', invalid).off('error', invalid)
      resolve(result)
    }
    const invalid = (): void => finish('invalid')
    const read = (): void => {
      for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
        bytes = Buffer.concat([bytes, chunk])
        const header = parseProxyHeader(bytes)
        if (header.kind === 'incomplete') continue
        if (header.kind === 'header' && bytes.length > header.bytes) socket.unshift(bytes.subarray(header.bytes))
        finish(header.kind === 'header' ? header.source : 'invalid')
        return
      }
    }
    socket.on('readable', read).on('end', invalid).on('close', invalid).on('error', invalid)
  })
}
