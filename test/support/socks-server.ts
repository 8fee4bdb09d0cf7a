/** A small SOCKS5 server: CONNECT to addresses, with or without a login. RFC 1928, RFC 1929 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, isIP, type Socket } from 'node:net'

export type SocksServer = AsyncDisposable & {
  readonly host: string
  readonly port: number
  /** What it was asked to connect to. */
  readonly requests: readonly { readonly host: string; readonly port: number; readonly user: string | null }[]
}

export type SocksServerOptions = {
  readonly login?: { readonly user: string; readonly password: string }
  /** Answers every request with this code instead of connecting, such as 2: not allowed. */
  readonly refusal?: number
  /** Waits for the target's first words and sends them in one piece with its own answer. */
  readonly glues?: boolean
}

const VERSION = 5
const NO_LOGIN = 0
const BY_PASSWORD = 2
const NONE_ACCEPTABLE = 255
const CONNECTION_REFUSED = 5
const IPV4 = 1
const IPV6 = 4

export async function startSocksServer(options: SocksServerOptions = {}): Promise<SocksServer> {
  const requests: { host: string; port: number; user: string | null }[] = []
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    serve(keep(client), options, { requests, keep }).catch(() => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    host: '127.0.0.1',
    port,
    requests,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type State = { readonly requests: { host: string; port: number; user: string | null }[]; readonly keep: (socket: Socket) => Socket }

/** Clients wait for each answer, so that a packet is a message. */
async function serve(client: Socket, { login, refusal, glues }: SocksServerOptions, { requests, keep }: State): Promise<void> {
  const methods = [...(await nextPacket(client)).subarray(2)]
  const method = login ? BY_PASSWORD : NO_LOGIN
  client.write(Buffer.from([VERSION, methods.includes(method) ? method : NONE_ACCEPTABLE]))
  const given = login ? readLogin(await nextPacket(client)) : null
  const fine = given?.user === login?.user && given?.password === login?.password
  if (login) client.write(Buffer.from([1, fine ? 0 : 1]))
  if (!fine) return void client.end()

  const target = readTarget(await nextPacket(client))
  requests.push({ ...target, user: given?.user ?? null })
  if (refusal !== undefined) return void client.end(answer(refusal))
  const upstream = keep(connect(target))
  upstream.once('error', () => client.end(answer(CONNECTION_REFUSED)))
  await once(upstream, 'connect')
  client.write(glues ? Buffer.concat([answer(0), await nextPacket(upstream)]) : answer(0))
  client.pipe(upstream).pipe(client)
}

async function nextPacket(socket: Socket): Promise<Buffer> {
  const [packet] = await once(socket, 'data')
  return packet
}

function readLogin(packet: Buffer): { user: string; password: string } {
  const end = 2 + packet.readUInt8(1)
  return { user: packet.toString('utf8', 2, end), password: packet.toString('utf8', end + 1) }
}

function readTarget(packet: Buffer): { host: string; port: number } {
  const family = packet.readUInt8(3)
  const address = packet.subarray(4, -2)
  const host = family === IPV4 ? address.join('.') : (address.toString('hex').match(/.{4}/g) ?? []).join(':')
  if ((family !== IPV4 && family !== IPV6) || isIP(host) === 0) throw new Error('only addresses are connected to')
  return { host, port: packet.readUInt16BE(packet.length - 2) }
}

const answer = (code: number): Buffer => Buffer.from([VERSION, code, 0, IPV4, 0, 0, 0, 0, 0, 0])
