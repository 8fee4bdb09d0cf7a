/** The compact language of the search field: `status: held to: ana@example.com after: "2 days ago"`. Postal's keys, and a few more. */
import { MESSAGE_STATUSES, type MessageStatus } from './message.ts'
import { REPORT_KINDS, type ReportKind } from './report-kind.ts'
import { fromLocalTime, startOfDay } from './zoned-time.ts'

/** How a text is compared, always ignoring case. `blank` matches what has no value. */
export type TextMatch = { readonly how: 'equals' | 'starts' | 'ends' | 'contains'; readonly text: string } | { readonly how: 'blank' }

/** Conditions are ANDed; several values of one condition mean any of them. An empty list is no condition. */
export type MessageSearch = {
  readonly status: readonly MessageStatus[]
  readonly rcptTo: readonly TextMatch[]
  readonly mailFrom: readonly TextMatch[]
  readonly subject: readonly TextMatch[]
  readonly tag: readonly TextMatch[]
  readonly messageId: readonly string[]
  readonly token: readonly string[]
  readonly id: readonly number[]
  /** Of mail to return paths. */
  readonly kind: readonly ReportKind[]
  readonly before?: Date
  readonly after?: Date
  readonly oldestFirst: boolean
}

export type ParsedSearch = {
  readonly search: MessageSearch
  /** What was not understood and therefore left out, as sentences. */
  readonly problems: readonly string[]
}

export type SearchSettings = { readonly timeZone: string; readonly now: Date }

const SEARCH_KEYS = ['to', 'from', 'subject', 'status', 'tag', 'msgid', 'before', 'after', 'order', 'id', 'token', 'kind'] as const
type Key = (typeof SEARCH_KEYS)[number]

type Term = { readonly key: string | undefined; readonly value: string; readonly quoted: boolean }
type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer V)[] ? V[] : T[K] }

export function parseMessageSearch(text: string, settings: SearchSettings): ParsedSearch {
  const search: Mutable<MessageSearch> = { ...EMPTY_LISTS(), oldestFirst: false }
  const problems: string[] = []
  for (const term of termsOf(text)) {
    const problem = add(search, term, settings)
    if (problem !== undefined) problems.push(problem)
  }
  return { search, problems }
}

const EMPTY_LISTS = (): Omit<Mutable<MessageSearch>, 'oldestFirst' | 'before' | 'after'> => ({
  status: [],
  rcptTo: [],
  mailFrom: [],
  subject: [],
  tag: [],
  messageId: [],
  token: [],
  id: [],
  kind: [],
})

/** A date keeps its time of day although a blank is between them. */
const TERM = /(?:([a-z]+):[ \t]*)?(?:"([^"]*)"|(\[blank\]|\d{4}-\d{2}-\d{2} \d{1,2}:\d{2}(?=\s|$)|\S+))/g

function termsOf(text: string): Term[] {
  return [...text.trim().matchAll(TERM)].map(([, key, quoted, plain]) => ({
    key,
    value: quoted ?? plain ?? '',
    quoted: quoted !== undefined,
  }))
}

/** @returns what is wrong with the term. */
function add(search: Mutable<MessageSearch>, term: Term, settings: SearchSettings): string | undefined {
  const { key, value } = term
  if (key === undefined) return addWord(search, term)
  const known = SEARCH_KEYS.find((name) => name === key)
  if (!known) return `“${key}:” is not known; known are ${SEARCH_KEYS.join(', ')}.`
  if (SEARCH_KEYS.some((name) => !term.quoted && value === `${name}:`)) return `“${key}:” needs a value.`
  return ADDERS[known](search, term, settings)
}

/** A word without a key is a recipient when it looks like one, else a part of the subject. */
function addWord(search: Mutable<MessageSearch>, { value, quoted }: Term): string | undefined {
  if (!quoted && /^[a-z]+:$/.test(value)) return `“${value}” needs a value.`
  if (!quoted && value.includes('@')) search.rcptTo.push(addressMatch(value))
  else if (value !== '') search.subject.push({ how: 'contains', text: value })
  return undefined
}

type Adder = (search: Mutable<MessageSearch>, term: Term, settings: SearchSettings) => string | undefined

const ADDERS: Readonly<Record<Key, Adder>> = {
  to: (search, term) => void search.rcptTo.push(orBlank(term, addressMatch)),
  from: (search, term) => void search.mailFrom.push(orBlank(term, addressMatch)),
  subject: (search, term) => void search.subject.push(orBlank(term, (text) => ({ how: 'contains', text }))),
  tag: (search, term) => void search.tag.push(orBlank(term, (text) => ({ how: 'equals', text }))),
  msgid: (search, { value }) => void search.messageId.push(value.replace(/^<|>$/g, '')),
  token: (search, { value }) => void search.token.push(value),
  id: (search, { value }) => {
    const id = Number(value)
    if (!Number.isSafeInteger(id) || id < 0) return `“${value}” is no message number.`
    return void search.id.push(id)
  },
  kind: (search, { value }) => {
    const kind = REPORT_KINDS.find((name) => compact(name) === compact(value.toLowerCase().replace(/-/g, '_')))
    if (!kind) return `“${value}” is no kind; known are ${REPORT_KINDS.map((name) => name.replace('_', '-')).join(', ')}.`
    return void search.kind.push(kind)
  },
  status: (search, { value }) => {
    const status = statusOf(value)
    if (!status) return `“${value}” is no status; known are ${MESSAGE_STATUSES.map(compact).join(', ')}.`
    return void search.status.push(status)
  },
  order: (search, { value }) => {
    if (value !== 'oldest-first' && value !== 'newest-first') return `“${value}” is no order; known are oldest-first and newest-first.`
    search.oldestFirst = value === 'oldest-first'
    return undefined
  },
  before: (search, { value }, settings) => setTime(search, 'before', value, settings),
  after: (search, { value }, settings) => setTime(search, 'after', value, settings),
}

const orBlank = ({ value, quoted }: Term, match: (text: string) => TextMatch): TextMatch =>
  value === '[blank]' && !quoted ? { how: 'blank' } : match(value)

/** `@example.com` is a whole domain, `ana*` a beginning. */
function addressMatch(value: string): TextMatch {
  if (value.startsWith('@')) return { how: 'ends', text: value }
  if (value.endsWith('*') && value.length > 1) return { how: 'starts', text: value.slice(0, -1) }
  return { how: 'equals', text: value }
}

const compact = (status: string): string => status.replace(/_/g, '').replace(/failed$/, 'fail')

/** As Postal writes them (`softfail`), and as we do. */
function statusOf(value: string): MessageStatus | undefined {
  const wanted = value.toLowerCase().replace(/[-_]/g, '')
  return MESSAGE_STATUSES.find((status) => status.replace(/_/g, '') === wanted || compact(status) === wanted)
}

function setTime(search: Mutable<MessageSearch>, name: 'before' | 'after', value: string, settings: SearchSettings): string | undefined {
  const at = readTime(value, settings)
  if (!at) return `“${value}” is no time; write 2026-11-21, 2026-11-21 14:05, today, yesterday or "2 days ago".`
  search[name] = at
  return undefined
}

const UNITS_MS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
}

function readTime(value: string, { timeZone, now }: SearchSettings): Date | undefined {
  const text = value.trim().toLowerCase()
  if (text === 'now') return now
  if (text === 'today') return startOfDay(now, timeZone)
  if (text === 'yesterday') return startOfDay(new Date(startOfDay(now, timeZone).getTime() - 1), timeZone)
  const [, count, unit = ''] = /^(\d{1,4}) (minute|hour|day|week|month)s? ago$/.exec(text) ?? []
  if (count !== undefined) return new Date(now.getTime() - Number(count) * (UNITS_MS[unit] ?? 0))
  const [, year, month, day, hour = '0', minute = '0'] = /^(\d{4})-(\d{2})-(\d{2})(?:[ t](\d{1,2}):(\d{2}))?$/.exec(text) ?? []
  if (day === undefined) return undefined
  return fromLocalTime({ year: Number(year), month: Number(month), day: Number(day), hour: Number(hour), minute: Number(minute) }, timeZone)
}
