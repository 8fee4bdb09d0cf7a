/** A program of its own: has one reader read every hostile mail, and says what each cost beside an ordinary one of its size. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { buildPayload } from '@posthaste/core/delivery/couriers/endpoint-payload.ts'
import type { Message } from '@posthaste/core/domain/message.ts'
import { displayHtml, hasRemoteImages } from '@posthaste/core/http/admin/messages/body-html.ts'
import { readFacts } from '@posthaste/core/intake/facts.ts'
import { judgeSender } from '@posthaste/core/mail/authenticate.ts'
import { parseMail } from '@posthaste/core/mail/parse.ts'
import { readReport } from '@posthaste/core/mail/read-report.ts'
import { separateReplies } from '@posthaste/core/mail/reply-separation.ts'
import { textOfHtml } from '@posthaste/core/mail/text-of-html.ts'
import { HOSTILE_MAILS, ordinaryMail } from './hostile-mails.ts'

const NOTHING = { spam: false, verdicts: null }
const message = { id: 1, rcptTo: 'a@b.test', mailFrom: '', token: 'token', size: 1, createdAt: new Date() } as Message // what a payload reads of it
const SETTINGS = { format: 'processed', stripReplies: true, includeAttachments: true } as const
const unknown = () => Promise.reject(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }))

const READERS: Readonly<Record<string, (raw: Buffer) => unknown>> = {
  'what intake reads': (raw) => readFacts(raw, new Date()),
  reports: (raw) => readReport(raw),
  authentication: (raw) => judgeSender(raw, { mailFrom: 'a@b.test', hostname: 'mx.mail.test', resolve: unknown }),
  'parts and bodies': parseMail,
  'payloads in JSON': (raw) => buildPayload({ message, raw, ...NOTHING }, { ...SETTINGS, encoding: 'json' }),
  'payloads in forms': (raw) => buildPayload({ message, raw, ...NOTHING }, { ...SETTINGS, encoding: 'form' }),
  'raw payloads': (raw) => buildPayload({ message, raw, ...NOTHING }, { ...SETTINGS, encoding: 'json', format: 'raw' }),
  'reply separation': (raw) => separateReplies(raw.toString('latin1')),
  'words of HTML': (raw) => textOfHtml(raw.toString('latin1')),
  'the view of HTML': (raw) => {
    const { htmlBody, attachments } = parseMail(raw)
    return htmlBody === null ? null : [hasRemoteImages(htmlBody), displayHtml(htmlBody, attachments)]
  },
}

export type Cost = {
  readonly mail: string
  readonly bytes: number
  readonly cpuMs: number
  /** Of an ordinary mail of that size, but at least what it takes to hash 16 MB. */
  readonly ordinaryMs: number
  /** By how much the process was larger while it read. */
  readonly grownBytes: number
}

async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

const memory = (name: string): number =>
  1_024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1])

/** proc(5): 5 begins the peak of the resident size anew. */
async function growthOf(work: () => unknown): Promise<number> {
  globalThis.gc?.()
  writeFileSync('/proc/self/clear_refs', '5')
  const before = memory('VmRSS')
  await work()
  return memory('VmHWM') - before
}

const MEGABYTE = 1024 * 1024
const ordinaryCosts = new Map<number, number>()

async function costOfOrdinary(megabytes: number, read: (raw: Buffer) => unknown): Promise<number> {
  const known = ordinaryCosts.get(megabytes)
  if (known !== undefined) return known
  const [raw, zeros] = [ordinaryMail(megabytes * MEGABYTE), Buffer.alloc(16 * MEGABYTE)]
  const cost = Math.max(await cpuOf(() => read(raw)), await cpuOf(() => createHash('sha256').update(zeros).digest()))
  ordinaryCosts.set(megabytes, cost)
  return cost
}

async function costOf(mail: string, read: (raw: Buffer) => unknown): Promise<Cost> {
  const raw = HOSTILE_MAILS[mail]?.() ?? Buffer.alloc(0)
  const ordinaryMs = await costOfOrdinary(Math.ceil(raw.length / MEGABYTE), read)
  let cpuMs = 0
  const grownBytes = await growthOf(async () => {
    cpuMs = await cpuOf(() => read(raw))
  })
  return { mail, bytes: raw.length, cpuMs, ordinaryMs, grownBytes }
}

const read = READERS[process.argv[2] ?? '']
if (!read) process.stdout.write(JSON.stringify(Object.keys(READERS)))
else for (const mail of Object.keys(HOSTILE_MAILS)) process.stdout.write(`${JSON.stringify(await costOf(mail, read))}\n`)
