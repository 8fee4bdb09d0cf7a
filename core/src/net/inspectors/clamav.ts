/** Asks ClamAV's clamd whether a mail holds a virus. clamd(8), INSTREAM */
import { exchange } from './exchange.ts'
import type { VirusFinding, VirusScanner } from './inspection.ts'

export type ClamavOptions = { readonly host: string; readonly port: number; readonly timeoutMs: number }

/** clamd refuses chunks above its limit, and takes any number of small ones. */
const CHUNK_BYTES = 64 * 1024

export function createClamav({ host, port, timeoutMs }: ClamavOptions): VirusScanner {
  return async (raw) => {
    const result = await exchange({ host, port, pieces: instream(raw), timeoutMs })
    if (result.kind === 'answer') return readClamavAnswer(result.bytes.toString('utf8'))
    return { kind: 'unavailable', details: result.timedOut ? 'Timed out scanning for threats' : 'Error when scanning for threats' }
  }
}

function* instream(raw: Buffer): Generator<Buffer> {
  yield Buffer.from('zINSTREAM\0')
  for (let from = 0; from < raw.length; from += CHUNK_BYTES) {
    const chunk = raw.subarray(from, from + CHUNK_BYTES)
    yield lengthOf(chunk.length)
    yield chunk
  }
  yield lengthOf(0)
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes)
  return length
}

/** `stream: OK`, or `stream: {signature} FOUND`. */
function readClamavAnswer(answer: string): VirusFinding {
  const said = answer.replace(/\0/g, '').trim()
  if (said === 'stream: OK') return { kind: 'clean', details: 'No threats found' }
  const signature = /^stream: (.+) FOUND$/.exec(said)?.[1]
  return signature ? { kind: 'infected', details: signature } : { kind: 'unavailable', details: 'Could not scan message' }
}
