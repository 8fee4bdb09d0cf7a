/** Ports for all services of an installation: where people expect them, or anywhere when several run side by side. */
import { createServer } from 'node:net'

export type Ports = Readonly<Record<PortName, number>>
export type PortName = keyof typeof WANTED

const WANTED = {
  web: 5000,
  smtp: 2525,
  edge: 8787,
  dns: 5354,
  mx: 2526,
  webhooks: 5001,
  webHealth: 9092,
  smtpHealth: 9091,
  workerHealth: 9090,
} as const

const STEPS_MAX = 200
const ANY_FROM = 10_000
const ANY_RANGE = 20_000

/** `moved` tells which wanted ports were occupied. */
export async function usualPorts(): Promise<{ ports: Ports; moved: string[] }> {
  const taken = new Set<number>()
  const ports: Record<string, number> = {}
  const moved: string[] = []
  for (const [name, wanted] of Object.entries(WANTED)) {
    const port = await nextFree(wanted, taken)
    taken.add(port)
    ports[name] = port
    if (port !== wanted) moved.push(`port ${wanted} is occupied; ${name} uses ${port}`)
  }
  return { ports: ports as Ports, moved } // every name was gone through
}

/** Ports that were free a moment ago, each below the range from which the system gives ports to clients. */
export async function anyPorts(): Promise<Ports> {
  const taken = new Set<number>()
  const ports: Record<string, number> = {}
  for (const name of Object.keys(WANTED)) {
    const port = await nextFree(ANY_FROM + Math.floor(Math.random() * ANY_RANGE), taken)
    taken.add(port)
    ports[name] = port
  }
  return ports as Ports // every name was gone through
}

async function nextFree(wanted: number, taken: ReadonlySet<number>): Promise<number> {
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
