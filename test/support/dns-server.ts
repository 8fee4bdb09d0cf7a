/** A name server on loopback, UDP and TCP, for zones given as plain data that may change, with faults on demand and a log of questions. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet, RECURSION_AVAILABLE, type RecordType, TRUNCATED_RESPONSE } from 'dns-packet'
import { answerFrom, plainName, type Records, type Zone, type ZoneAnswer } from './dns-zone.ts'

export type Fault =
  | { readonly kind: 'servfail' | 'refused' }
  /** No answer at all. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'delay'; readonly ms: number }

export type Query = { readonly name: string; readonly type: RecordType; readonly transport: 'udp' | 'tcp' }

export type DnsServer = AsyncDisposable & {
  readonly port: number
  /** `127.0.0.1:5300`, as `Resolver.setServers` takes it. */
  readonly address: string
  /** Everything asked so far, oldest first. */
  readonly queries: readonly Query[]
  /** Replaces all records of each name given. Names are kept apart from their letters' case. */
  readonly set: (zone: Zone) => void
  readonly remove: (name: string) => void
  /** From now on for this name, or for all names under `*`, until healed. */
  readonly breakName: (name: string, fault: Fault) => void
  readonly heal: (name: string) => void
}

export type DnsServerOptions = { readonly zone?: Zone; readonly port?: number; readonly host?: string }

export async function startDnsServer({ zone = {}, port = 0, host = '127.0.0.1' }: DnsServerOptions = {}): Promise<DnsServer> {
  const names = new Map<string, Records>()
  const faults = new Map<string, Fault>()
  const queries: Query[] = []
  const set = (more: Zone) => {
    for (const [name, records] of Object.entries(more)) names.set(plainName(name), records)
  }
  set(zone)

  const respond: Respond = (packet, transport, send) => {
    const request = decode(packet)
    const question = request.questions?.[0]
    if (!question) return
    queries.push({ name: plainName(question.name), type: question.type, transport })
    const fault = faults.get(plainName(question.name)) ?? faults.get('*')
    if (fault?.kind === 'silence') return
    const reply = () => send(response(request, judge(fault) ?? answerFrom(names, question.type, question.name), transport))
    if (fault?.kind === 'delay') setTimeout(reply, fault.ms).unref()
    else reply()
  }
  const open = await listen(respond, host, port)

  return {
    port: open.port,
    address: `${host}:${open.port}`,
    queries,
    set,
    remove: (name) => void names.delete(plainName(name)),
    breakName: (name, fault) => void faults.set(plainName(name), fault),
    heal: (name) => void faults.delete(plainName(name)),
    [Symbol.asyncDispose]: open.close,
  }
}

/** Node's resolver, asking only this server. Its `resolve` is what mailauth takes as `resolver`. */
export function resolverAt(address: string, timeoutMs = 2_000): Resolver {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
  resolver.setServers([address])
  return resolver
}

type Respond = (packet: Buffer, transport: Query['transport'], send: (response: Buffer) => void) => void
type Verdict = ZoneAnswer | { readonly rcode: 'SERVFAIL' | 'REFUSED' }

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 }
/** What a client takes by UDP when it does not say. RFC 1035 §4.2.1 */
const UDP_BYTES_MAX = 512

function judge(fault: Fault | undefined): Verdict | undefined {
  if (fault?.kind === 'servfail') return { rcode: 'SERVFAIL' }
  return fault?.kind === 'refused' ? { rcode: 'REFUSED' } : undefined
}

function response(request: Packet, verdict: Verdict, transport: Query['transport']): Buffer {
  const { rcode, ...sections } = verdict
  const head: Packet = {
    type: 'response',
    id: request.id ?? 0,
    flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | RCODES[rcode],
    questions: request.questions ?? [],
  }
  const whole = encode({ ...head, ...sections })
  if (transport === 'tcp' || whole.length <= udpBytesMax(request)) return whole
  return encode({ ...head, flags: (head.flags ?? 0) | TRUNCATED_RESPONSE }) // the client comes back by TCP
}

/** RFC 6891 §6.2.3 */
function udpBytesMax(request: Packet): number {
  const opt = request.additionals?.find((record) => record.type === 'OPT')
  return opt?.type === 'OPT' ? Math.max(UDP_BYTES_MAX, opt.udpPayloadSize) : UDP_BYTES_MAX
}

type Open = { readonly port: number; readonly close: () => Promise<void> }

const PORT_TRIES = 20

/** UDP and TCP on one port: the system chooses it for TCP, and another has to be found when it is taken for UDP. */
async function listen(respond: Respond, host: string, port: number): Promise<Open> {
  for (let tries = 1; ; tries++) {
    const sockets = new Set<Socket>()
    const tcp = createServer((socket) => serveTcp(socket, sockets, respond))
    const udp = createSocket('udp4', (packet, from) => respond(packet, 'udp', (bytes) => udp.send(bytes, from.port, from.address)))
    const bound = await bind(tcp, udp, host, port).catch((fault: unknown) => {
      tcp.close()
      if (port !== 0 || tries >= PORT_TRIES) throw fault
      return undefined
    })
    if (bound !== undefined) return { port: bound, close: () => close(tcp, udp, sockets) }
  }
}

async function bind(tcp: Server, udp: UdpSocket, host: string, port: number): Promise<number> {
  tcp.listen(port, host)
  await once(tcp, 'listening')
  const address = tcp.address()
  const bound = typeof address === 'object' && address ? address.port : port
  udp.bind(bound, host)
  await once(udp, 'listening')
  return bound
}

async function close(tcp: Server, udp: UdpSocket, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  const closed = Promise.all([once(tcp, 'close'), once(udp, 'close')])
  tcp.close()
  udp.close()
  await closed
}

/** Messages come with their length in front. RFC 1035 §4.2.2 */
function serveTcp(socket: Socket, sockets: Set<Socket>, respond: Respond): void {
  sockets.add(socket)
  let waiting = Buffer.alloc(0)
  socket.on('close', () => sockets.delete(socket))
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    waiting = Buffer.concat([waiting, chunk])
    while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
      const end = 2 + waiting.readUInt16BE(0)
      const packet = waiting.subarray(2, end)
      waiting = waiting.subarray(end)
      respond(packet, 'tcp', (bytes) => socket.write(Buffer.concat([lengthOf(bytes), bytes])))
    }
  })
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return length
}
