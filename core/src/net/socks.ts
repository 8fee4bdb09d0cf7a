/** Asks a SOCKS5 server to connect for us, where port 25 is closed to this machine. RFC 1928, RFC 1929 */
import type { Socket } from 'node:net'
import { SocksClient } from 'socks'

export type SocksProxy = {
  readonly host: string
  readonly port: number
  readonly login: { readonly user: string; readonly password: string } | null
}

type Destination = { readonly ip: string; readonly port: number; readonly timeoutMs: number }

/** The server gets an address, never a name: what we have judged is what it connects to. @throws when it refuses */
export async function connectBySocks(socket: Socket, { login, ...proxy }: SocksProxy, { ip, port, timeoutMs }: Destination): Promise<void> {
  await SocksClient.createConnection({
    command: 'connect',
    proxy: { ...proxy, type: 5, ...(login ? { userId: login.user, password: login.password } : {}) },
    destination: { host: ip, port },
    existing_socket: socket,
    timeout: timeoutMs,
  })
  await keepEarlyWords(socket)
}

/** What the mail server has said already would be lost: the library lets data flow before anybody listens. */
async function keepEarlyWords(socket: Socket): Promise<void> {
  const early: Buffer[] = []
  const keep = (piece: Buffer) => early.push(piece)
  socket.on('data', keep)
  await new Promise((resolve) => setImmediate(resolve)) // after the library's own
  socket.pause()
  socket.off('data', keep)
  if (early.length > 0) socket.unshift(Buffer.concat(early))
}
