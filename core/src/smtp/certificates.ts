/** TLS certificates from files, read again when they change, so that a renewed one needs no restart. */
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { TlsSettings } from './deps.ts'

export type KeyPair = { readonly key: Buffer; readonly cert: Buffer }

/** As smtp-server takes them. */
export type TlsMaterial = KeyPair & { readonly sniOptions: ReadonlyMap<string, KeyPair & { readonly minVersion: 'TLSv1.2' }> }

/** RFC 8996: nothing older. */
export const TLS_VERSION_MIN = 'TLSv1.2'

/** @throws Error when a file is missing or key and certificate do not belong together. */
export async function readCertificates({ certificatePath, keyPath, byHostname = new Map() }: TlsSettings): Promise<TlsMaterial> {
  const sniOptions = new Map<string, KeyPair & { readonly minVersion: 'TLSv1.2' }>()
  for (const [hostname, paths] of byHostname) sniOptions.set(hostname, { ...(await readPair(paths)), minVersion: TLS_VERSION_MIN })
  return { ...(await readPair({ certificatePath, keyPath })), sniOptions }
}

type Paths = { readonly certificatePath: string; readonly keyPath: string }

async function readPair({ certificatePath, keyPath }: Paths): Promise<KeyPair> {
  const [cert, key] = await Promise.all([readFile(certificatePath), readFile(keyPath)])
  createSecureContext({ cert, key }) // throws when they do not fit
  return { cert, key }
}

/** Changes whenever one of the files does. */
export async function fingerprintOf({ certificatePath, keyPath, byHostname = new Map() }: TlsSettings): Promise<string> {
  const paths = [certificatePath, keyPath, ...[...byHostname.values()].flatMap((pair: Paths) => [pair.certificatePath, pair.keyPath])]
  const stats = await Promise.all(paths.map((path) => stat(path)))
  return stats.map(({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`).join(' ')
}
