/** Asks rspamd what it thinks of a mail. https://rspamd.com/doc/developers/protocol.html */
import { z } from 'zod'
import { type Scanned, type SpamFinding, type SpamScanner, unavailable } from './inspection.ts'

export type RspamdOptions = {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly password: string | null
  readonly flags: string | null
  readonly timeoutMs: number
}

const Answer = z.object({
  score: z.number(),
  symbols: z
    .record(z.string(), z.object({ name: z.string().optional(), score: z.number().default(0), description: z.string().optional() }))
    .default({}),
})

export function createRspamd(options: RspamdOptions): SpamScanner {
  const { host, port, tls, timeoutMs } = options
  const name = host.includes(':') ? `[${host}]` : host
  const url = `${tls ? 'https' : 'http'}://${name}:${port}/checkv2`
  return async (scanned) => {
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const answer = await fetch(url, { method: 'POST', headers: headersFor(scanned, options), body: new Uint8Array(scanned.raw), signal })
      if (answer.status !== 200) return unavailable('ERROR', `Error when scanning with rspamd (got ${answer.status})`)
      return judged(Answer.parse(await answer.json()))
    } catch (fault) {
      const what = fault instanceof Error ? fault.name : 'Error'
      return unavailable(what === 'TimeoutError' ? 'TIMEOUT' : 'ERROR', `Error when scanning with rspamd (${what})`)
    }
  }
}

/** rspamd takes a mail with a user and without a client for an outgoing one. */
function headersFor({ mailFrom, rcptTo, token, scope }: Scanned, { password, flags }: RspamdOptions): Record<string, string> {
  return {
    'User-Agent': 'Postal',
    'Deliver-To': ascii(rcptTo),
    From: ascii(mailFrom),
    Rcpt: ascii(rcptTo),
    'Queue-Id': token,
    ...(password ? { Password: password } : {}),
    ...(flags ? { Flags: flags } : {}),
    ...(scope === 'outgoing' ? { User: '', Ip: '' } : {}),
  }
}

const ascii = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?')

/** The total is rspamd's own; symbols without a description count in it, and are not worth showing. */
function judged({ score, symbols }: z.infer<typeof Answer>): SpamFinding {
  const checks = Object.entries(symbols).flatMap(([key, { name = key, score: part, description }]) =>
    description?.trim() ? [{ name, score: part, description: description.trim() }] : [],
  )
  return { kind: 'judged', score: Math.round(score * 100) / 100, checks }
}
