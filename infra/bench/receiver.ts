/** A fast HTTP receiver in a process of its own, so that it does not share a core's event loop with the bench. */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { startProcess } from '@posthaste/test/support/processes.ts'

export type Receiver = AsyncDisposable & { readonly url: string; readonly counted: () => Promise<Count> }
/** Milliseconds since the epoch of the request that followed `skip` others, and of the newest. */
export type Count = { readonly requests: number; readonly firstAt: number; readonly lastAt: number }

/** The first `skip` requests warm up and set no time. */
export async function startReceiver({ skip = 0 }: { skip?: number } = {}): Promise<Receiver> {
  const program = await startProcess(process.execPath, [fileURLToPath(import.meta.url), String(skip)], { name: 'receiver' })
  const [, port] = await program.line(/^listening (\d+)$/)
  const url = `http://127.0.0.1:${port}/`
  return {
    url,
    counted: async () => (await fetch(`${url}count`)).json() as Promise<Count>, // as `serve` answers below
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}

function serve(skip: number): void {
  let requests = 0
  let firstAt = 0
  let lastAt = 0
  const server = createServer((request, response) => {
    if (request.url === '/count') return void response.end(JSON.stringify({ requests, firstAt, lastAt }))
    request.resume().on('end', () => {
      requests += 1
      lastAt = Date.now()
      if (requests === skip + 1) firstAt = lastAt
      response.writeHead(200, { 'Content-Length': 0 }).end()
    })
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.stdout.write(`listening ${typeof address === 'object' ? address?.port : ''}\n`)
  })
}

if (import.meta.main) serve(Number(process.argv[2] ?? 0))
