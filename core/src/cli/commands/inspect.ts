/** `posthaste inspect` */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { inspectMail, type MailInspection } from '../../manage/inspect.ts'
import { createAuthResolver } from '../../net/auth-resolver.ts'
import { command } from '../command.ts'

/** Of one look-up; a mail needs a handful. */
const TIMEOUT_MS = 5_000

export const inspect = command({
  words: 'inspect <file>',
  about: 'say what a mail is: a bounce, a delay, a complaint, an automatic answer or none of these, and who sent it',
  options: [
    ['--mail-from <address>', 'its envelope sender'],
    ['--rcpt-to <address>', 'its envelope recipient'],
    ['--offline', 'do not look up SPF, DKIM, DMARC and ARC'],
  ],
  input: z.object({
    file: z.string(),
    mailFrom: z.string().optional(),
    rcptTo: z.string().optional(),
    offline: z.boolean().default(false),
  }),
  run: async ({ clock }, { file, mailFrom, rcptTo, offline }) => {
    const resolve = offline ? null : createAuthResolver({ servers: [], timeoutMs: TIMEOUT_MS, clock })
    const envelope = { ...(mailFrom === undefined ? {} : { mailFrom }), ...(rcptTo === undefined ? {} : { rcptTo }) }
    const found = await inspectMail(await readFile(file), { resolve, hostname: 'localhost' }, envelope)
    return { json: found, lines: linesOf(found) }
  },
})

function linesOf(found: MailInspection): string[] {
  const { kind, foundBy, recipients, status, diagnostic, original, complaint, authentication: verdicts } = found
  const facts: readonly (readonly [name: string, value: string | null])[] = [
    ['kind', `${kind.replace('_', ' ')} (found by: ${foundBy.replaceAll('_', ' ')})`],
    ['class', found.class && `${found.class}: ${found.meaning}`],
    ['permanent', kind === 'bounce' ? (found.permanent ? 'yes' : 'no') : null],
    ['recipients', recipients.map(({ address, personal }) => (personal ? `${address} (to be suppressed)` : address)).join(', ') || null],
    ['status', status],
    ['diagnostic', diagnostic],
    ['complaint', complaint && [complaint.type, complaint.reporter, complaint.sourceIp].filter(Boolean).join(', ')],
    ['return paths', original.returnPaths.map(({ mailServer, message }) => `${mailServer}+${message}`).join(', ') || null],
    ['message tokens', original.tokens.join(', ') || null],
    ['message ids', original.messageIds.join(', ') || null],
    ['SPF', verdicts?.spf ?? null],
    ['DKIM', verdicts && (verdicts.dkim.map(({ result, domain }) => `${result} ${domain}`.trim()).join(', ') || 'none')],
    ['DMARC', verdicts?.dmarc ?? null],
    ['ARC', verdicts?.arc ?? null],
  ]
  return facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(15)} ${value}`]))
}
