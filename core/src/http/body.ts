/** Reads request bodies as they stream in, up to a size each and a size for all that are in hand at once. */
import type { IncomingMessage } from 'node:http'

export type BodyLimits = {
  readonly bytesMax: number
  /** Of all bodies in hand, so that many large ones do not fill the memory. */
  readonly allBytesMax: number
}

export type ReadBody =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'no_memory' }
  /** The client left in the middle of it. */
  | { readonly kind: 'gone' }

/** Hands a body to `use`, and counts it as in hand until that has settled. */
export type WithBody = <T>(incoming: IncomingMessage, use: (body: ReadBody) => Promise<T>) => Promise<T>

export function createBodyReader({ bytesMax, allBytesMax }: BodyLimits): WithBody {
  let inHand = 0
  return async (incoming, use) => {
    let taken = 0
    const take = (bytes: number): boolean => {
      if (inHand + bytes > allBytesMax) return false
      inHand += bytes
      taken += bytes
      return true
    }
    try {
      return await use(await read(incoming, bytesMax, take))
    } finally {
      inHand -= taken
    }
  }
}

async function read(incoming: IncomingMessage, bytesMax: number, take: (bytes: number) => boolean): Promise<ReadBody> {
  if (Number(incoming.headers['content-length'] ?? 0) > bytesMax) return { kind: 'too_large' }
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      const bytes: Buffer = chunk // a stream without an encoding gives buffers
      size += bytes.length
      if (size > bytesMax) return { kind: 'too_large' }
      if (!take(bytes.length)) return { kind: 'no_memory' }
      chunks.push(bytes)
    }
  } catch {
    return { kind: 'gone' } // a request fails in no other way
  }
  return { kind: 'body', bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) }
}
