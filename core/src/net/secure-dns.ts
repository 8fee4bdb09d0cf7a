/** DNS look-ups whose answers a validating resolver vouches for by the AD flag. RFC 4035 §3.2.3, RFC 6840 §5.7 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import packet, { type Answer, type Packet } from 'dns-packet'
import { createGate } from './gate.ts'

export type SecureAnswer = {
  /** `bogus` stands for every failure: an attacker could bring it about. */
  readonly kind: 'secure' | 'insecure' | 'bogus'
  readonly records: readonly Answer[]
}

export type SecureDnsOptions = {
  /** It must validate, and the way to it must be safe: best on this machine. */
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  readonly random: () => number
}

export type SecureDns = { readonly ask: (name: string, type: 'MX' | 'A' | 'AAAA' | 'CNAME' | 'TLSA') => Promise<SecureAnswer> }

const BOGUS: SecureAnswer = { kind: 'bogus', records: [] }

/** Datagrams get lost; those of thousands of questions at once certainly do. */
const TRIES = 2
const GATE = { atOnce: 64, patienceMs: 200 }

export function createSecureDns(options: SecureDnsOptions): SecureDns {
  const gate = createGate(GATE)
  return {
    ask: async (name, type) => {
      for (let tries = 1; tries <= TRIES; tries += 1) {
        const answer = await gate(() => exchange(options, name, type)).catch(() => undefined)
        if (answer) return judge(answer)
      }
      return BOGUS // no answer in time, or none that can be read
    },
  }
}

type RecordType = Parameters<SecureDns['ask']>[1]

async function exchange(options: SecureDnsOptions, name: string, type: RecordType): Promise<Decoded | undefined> {
  const id = Math.floor(options.random() * 65_536)
  const flags = packet.RECURSION_DESIRED | packet.AUTHENTIC_DATA
  const query = packet.encode({ type: 'query', id, flags, questions: [{ type, name }] })
  const short = packet.decode(await overUdp(options, query))
  const answer = short.flag_tc ? packet.streamDecode(await overTcp(options, query)) : short
  return answer.id === id ? answer : undefined
}

type Decoded = Packet & { readonly flag_ad?: boolean; readonly rcode?: string }

function judge(answer: Decoded): SecureAnswer {
  if (answer.rcode !== 'NOERROR' && answer.rcode !== 'NXDOMAIN') return BOGUS
  return { kind: answer.flag_ad ? 'secure' : 'insecure', records: answer.answers ?? [] }
}

async function overUdp({ host, port, timeoutMs }: SecureDnsOptions, query: Buffer): Promise<Buffer> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  try {
    // Connected, so that only the resolver's own datagrams come in.
    socket.connect(port, host)
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) })
    const answered = once(socket, 'message', { signal: AbortSignal.timeout(timeoutMs) })
    socket.send(query)
    const [message] = await answered
    return message
  } finally {
    socket.close()
  }
}

/** Two bytes of length go before each message. RFC 1035 §4.2.2 */
async function overTcp({ host, port, timeoutMs }: SecureDnsOptions, query: Buffer): Promise<Buffer> {
  const socket = connect({ host, port, signal: AbortSignal.timeout(timeoutMs) })
  try {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(query.length)
    socket.write(Buffer.concat([length, query]))
    let got = Buffer.alloc(0)
    for await (const piece of socket) {
      got = Buffer.concat([got, piece])
      if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) return got
    }
    throw new Error('the resolver closed the connection early')
  } finally {
    socket.destroy()
  }
}
