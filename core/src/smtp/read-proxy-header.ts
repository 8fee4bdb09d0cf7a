/** Reads the PROXY header from a socket of a trusted proxy and gives back what follows it. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type ProxyHeader, parseProxyHeader } from './proxy-header.ts'

export type ProxySource = Extract<ProxyHeader, { kind: 'header' }>['source']

/** `invalid` also when the socket ends before the header does. The time it may take is the caller's business. */
export async function readProxyHeader(socket: Socket): Promise<ProxySource | 'invalid'> {
  const ended = new AbortController()
  const end = (): void => ended.abort()
  socket.once('end', end).once('close', end)
  try {
    return await read(socket, ended.signal)
  } catch {
    return 'invalid' // the socket failed or ended
  } finally {
    socket.off('end', end).off('close', end)
  }
}

async function read(socket: Socket, signal: AbortSignal): Promise<ProxySource | 'invalid'> {
  for (let bytes = Buffer.alloc(0); ; ) {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) {
      await once(socket, 'readable', { signal })
      continue
    }
    bytes = Buffer.concat([bytes, chunk])
    const header = parseProxyHeader(bytes)
    if (header.kind === 'invalid') return 'invalid'
    if (header.kind === 'incomplete') continue
    if (bytes.length > header.bytes) socket.unshift(bytes.subarray(header.bytes))
    return header.source
  }
}
