/** Load by HTTP with wrk, which costs little CPU itself. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BenchUnavailable } from './bench.ts'

const run = promisify(execFile)

/** On a busy machine a single answer may take long, which is no error. */
const ANSWER_MAX = '30s'

export type HttpLoad = {
  readonly url: string
  readonly seconds: number
  readonly connections: number
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type HttpResult = { readonly requests: number; readonly seconds: number }

/** @throws Error when anything but 2xx or 3xx is answered; BenchUnavailable without wrk. */
export async function wrk({ url, seconds, connections, method = 'GET', headers = {}, body }: HttpLoad): Promise<HttpResult> {
  const folder = await mkdtemp(join(tmpdir(), 'posthaste-wrk-'))
  try {
    const script = join(folder, 'load.lua')
    const set = Object.entries(headers).map(([name, value]) => `wrk.headers[${quoted(name)}] = ${quoted(value)}`)
    await writeFile(script, [`wrk.method = ${quoted(method)}`, ...set, ...(body ? [`wrk.body = ${quoted(body)}`] : [])].join('\n'))
    const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', ANSWER_MAX, '-s', script, url]).catch(
      explain,
    )
    return read(stdout)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** JSON's escapes are Lua's, as long as the text is ASCII without control characters but line ends. */
const quoted = (text: string): string => JSON.stringify(text)

function explain(cause: unknown): never {
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
  throw missing ? new BenchUnavailable('wrk is missing: apt-get install --no-install-recommends wrk', { cause }) : cause
}

function read(output: string): HttpResult {
  const [, requests, seconds, unit] = output.match(/(\d+) requests in ([\d.]+)(s|ms|m),/) ?? []
  const refused = output.match(/Non-2xx or 3xx responses: \d+|Socket errors: .*/)
  if (refused || requests === undefined) throw new Error(`wrk says: ${refused?.[0] ?? output}`)
  return { requests: Number(requests), seconds: Number(seconds) * (unit === 'm' ? 60 : 1) }
}
