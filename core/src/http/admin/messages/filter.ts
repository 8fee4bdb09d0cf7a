/** What a list of messages is asked for, in its URL: tab, search, single conditions, place. */
import type { MessageStatus, Scope } from '../../../domain/message.ts'
import { type MessageSearch, parseMessageSearch, type SearchSettings, type TextMatch } from '../../../domain/message-search.ts'
import type { Cursor } from '../../../store/message-search.ts'

export const TABS = ['outgoing', 'incoming', 'held'] as const
export type ListTab = (typeof TABS)[number]

/** As typed. Empty is absent. */
export type FilterInput = {
  readonly q: string
  readonly status: string
  readonly to: string
  readonly from: string
  readonly tag: string
  readonly msgid: string
}

export const FILTER_NAMES = ['q', 'status', 'to', 'from', 'tag', 'msgid'] as const satisfies readonly (keyof FilterInput)[]

export const NO_SEARCH: MessageSearch = {
  status: [],
  rcptTo: [],
  mailFrom: [],
  subject: [],
  tag: [],
  messageId: [],
  token: [],
  id: [],
  kind: [],
  oldestFirst: false,
}

export function readFilter(query: (name: string) => string | undefined): FilterInput {
  const text = (name: keyof FilterInput) => (query(name) ?? '').trim().slice(0, 2_000)
  return { q: text('q'), status: text('status'), to: text('to'), from: text('from'), tag: text('tag'), msgid: text('msgid') }
}

export const isFiltered = (input: FilterInput): boolean => FILTER_NAMES.some((name) => input[name] !== '')

export type Asked = { readonly search: MessageSearch; readonly scope: Scope | undefined; readonly problems: readonly string[] }

/** The search text and the fields beside it must all hold. Who names one message gets it, whatever the tab. */
export function askedFor(tab: ListTab, input: FilterInput, settings: SearchSettings): Asked {
  const { search: typed, problems } = parseMessageSearch(input.q, settings)
  const fields = parseMessageSearch(fieldText(input), settings).search
  const search = { ...merge(typed, fields), ...(tab === 'held' ? { status: ['held' as const] } : {}) }
  const single = search.messageId.length + search.token.length + search.id.length > 0
  return { search, scope: tab === 'held' || single ? undefined : tab, problems }
}

const quoted = (key: string, value: string): string => (value === '' ? '' : `${key}: "${value.replaceAll('"', '')}"`)

const fieldText = ({ status, to, from, tag, msgid }: FilterInput): string =>
  [quoted('status', status), quoted('to', to), quoted('from', from), quoted('tag', tag), quoted('msgid', msgid)].join(' ')

/** A field narrows what the text says about the same thing; where both are given, the field counts. */
const merge = (typed: MessageSearch, fields: MessageSearch): MessageSearch => ({
  ...typed,
  status: later<MessageStatus>(typed.status, fields.status),
  rcptTo: later<TextMatch>(typed.rcptTo, fields.rcptTo),
  mailFrom: later<TextMatch>(typed.mailFrom, fields.mailFrom),
  tag: later<TextMatch>(typed.tag, fields.tag),
  messageId: later<string>(typed.messageId, fields.messageId),
})

const later = <T>(typed: readonly T[], field: readonly T[]): readonly T[] => (field.length > 0 ? field : typed)

export function readCursor(query: (name: string) => string | undefined): Cursor | undefined {
  const [before, after] = [Number(query('before')), Number(query('after'))]
  if (Number.isSafeInteger(before) && before > 0) return { direction: 'next', id: before }
  if (Number.isSafeInteger(after) && after > 0) return { direction: 'previous', id: after }
  return undefined
}

/** The address of a list; empty conditions are left out. */
export function listHref(base: string, input: Partial<FilterInput>, cursor?: Cursor): string {
  const query = new URLSearchParams()
  for (const name of FILTER_NAMES) if (input[name]) query.set(name, input[name])
  if (cursor) query.set(cursor.direction === 'next' ? 'before' : 'after', String(cursor.id))
  return query.size === 0 ? base : `${base}?${query}`
}
