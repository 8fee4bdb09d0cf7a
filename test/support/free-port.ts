/** Ports on loopback that nobody listens on just now, for programs that want to be told theirs. */
import { createServer } from 'node:net'

/** Below the range from which the system gives ports to clients, so that none of them is quicker than the program. */
const FROM = 10_000
const RANGE = 20_000
const STEPS_MAX = 200

export const freePort = (taken?: ReadonlySet<number>): Promise<number> => nextFreePort(FROM + Math.floor(Math.random() * RANGE), taken)

export async function nextFreePort(wanted: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let port = wanted; port < wanted + STEPS_MAX; port += 1) if (!taken.has(port) && (await isFree(port))) return port
  throw new Error(`no port from ${wanted} to ${wanted + STEPS_MAX} is free`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
