/** The proxy that operators put in front: TLS towards clients, plain HTTP with forwarded headers towards the web role. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority, makeCertificate } from './certificate.ts'

export type TlsFront = AsyncDisposable & {
  readonly port: number
  /** PEM file of the authority: for NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, curl's --cacert. */
  readonly caPath: string
}

export async function startTlsFront({ address, port, to }: { address: string; port: number; to: number }): Promise<TlsFront> {
  const authority = await makeAuthority()
  const { cert, key } = await makeCertificate({ names: [address], authority })
  const folder = await mkdtemp(join(tmpdir(), 'tls-front-'))
  const caPath = join(folder, 'ca.pem')
  await writeFile(caPath, authority.cert)
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const headers = { ...incoming.headers, 'x-forwarded-for': incoming.socket.remoteAddress ?? '', 'x-forwarded-proto': 'https' }
    const onward = request(
      { host: '127.0.0.1', port: to, method: incoming.method ?? 'GET', path: incoming.url ?? '/', headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  server.listen(port, address)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    caPath,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}
