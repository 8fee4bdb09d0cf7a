/** Asks SpamAssassin's spamd what it thinks of a mail. https://svn.apache.org/repos/asf/spamassassin/trunk/spamd/PROTOCOL */
import { exchange } from './exchange.ts'
import { type SpamCheck, type SpamFinding, type SpamScanner, unavailable } from './inspection.ts'

export type SpamdOptions = { readonly host: string; readonly port: number; readonly timeoutMs: number }

export function createSpamd({ host, port, timeoutMs }: SpamdOptions): SpamScanner {
  return async ({ raw, scope }) => {
    const question = Buffer.from(`REPORT SPAMC/1.2\r\nContent-length: ${raw.length}\r\n\r\n`)
    const result = await exchange({ host, port, pieces: [question, raw], timeoutMs })
    if (result.kind === 'answer') return readSpamdAnswer(result.bytes.toString('utf8'), scope)
    return result.timedOut
      ? unavailable('TIMEOUT', 'Timed out when scanning for spam')
      : unavailable('ERROR', 'Error when scanning for spam')
  }
}

/** What our own clients' mail cannot pass, because it has not travelled yet. */
const NOT_FOR_OUTGOING =
  /^(?:NO_RECEIVED|NO_RELAYS|ALL_TRUSTED|FREEMAIL_FORGED_REPLYTO|RDNS_DYNAMIC|CK_HELO_GENERIC|SPF_.*|HELO_.*|.*DKIM_.*|RCVD_IN_.*)$/

/** The total is that of spamd, unless some checks do not count. */
function readSpamdAnswer(answer: string, scope: 'incoming' | 'outgoing'): SpamFinding {
  if (!/^SPAMD\/\d+\.\d+ 0 /.test(answer)) return unavailable('ERROR', 'Error when scanning for spam')
  const checks = readReport(answer)
  const total = /^Spam:\s*\w+\s*;\s*(-?[\d.]+)/im.exec(answer)?.[1]
  if (scope === 'incoming') return { kind: 'judged', score: total === undefined ? sum(checks) : Number(total), checks }
  const counted = checks.filter(({ name }) => !NOT_FOR_OUTGOING.test(name))
  return { kind: 'judged', score: sum(counted), checks: counted }
}

const sum = (checks: readonly SpamCheck[]): number => Math.round(checks.reduce((total, { score }) => total + score, 0) * 100) / 100

/** The table under the last line of dashes: score, name, description; other lines go on with the description above. */
function readReport(answer: string): SpamCheck[] {
  const lines = answer.split(/\r?\n/)
  const start = lines.findLastIndex((line) => line.startsWith('---'))
  const checks: { name: string; score: number; description: string }[] = []
  for (const line of start < 0 ? [] : lines.slice(start + 1)) {
    const [, score, name, description = ''] = /^\s*(-?\d+(?:\.\d+)?)\s+(\S+)\s*(.*)$/.exec(line) ?? []
    const above = checks.at(-1)
    if (score !== undefined && name !== undefined) checks.push({ name, score: Number(score), description: description.trim() })
    else if (above && line.trim() !== '') above.description = `${above.description} ${line.trim()}`
  }
  return checks
}
