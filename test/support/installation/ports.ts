/** Ports for all services of an installation: where people expect them, or anywhere when several run side by side. */
import { freePort, nextFreePort } from '../free-port.ts'

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

/** `moved` tells which wanted ports were occupied. */
export async function usualPorts(): Promise<{ ports: Ports; moved: string[] }> {
  const taken = new Set<number>()
  const ports: Record<string, number> = {}
  const moved: string[] = []
  for (const [name, wanted] of Object.entries(WANTED)) {
    const port = await nextFreePort(wanted, taken)
    taken.add(port)
    ports[name] = port
    if (port !== wanted) moved.push(`port ${wanted} is occupied; ${name} uses ${port}`)
  }
  return { ports: ports as Ports, moved } // every name was gone through
}

/** Ports that were free a moment ago. */
export async function anyPorts(): Promise<Ports> {
  const taken = new Set<number>()
  const ports: Record<string, number> = {}
  for (const name of Object.keys(WANTED)) {
    const port = await freePort(taken)
    taken.add(port)
    ports[name] = port
  }
  return ports as Ports // every name was gone through
}
