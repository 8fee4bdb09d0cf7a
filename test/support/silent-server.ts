/** Takes connections and whatever is sent, and never answers. */
import { createServer, type Socket } from 'node:net'

export type SilentServer = AsyncDisposable & {
  readonly port: number
  /** Connections on which something was said, so far. */
  readonly asked: () => number
}

export async function startSilentServer(): Promise<SilentServer> {
  const sockets = new Set<Socket>()
  let asked = 0
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.once('data', () => {
      asked += 1
    })
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    socket.resume()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
