/** The list of messages: tabs, search, one page. */
import { MESSAGE_STATUSES } from '../../../domain/message.ts'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { NoMessage } from '../mail-servers/show-page.tsx'
import { Empty } from '../ui/empty.tsx'
import { FormToken } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Pager } from '../ui/pager.tsx'
import { statusLabel } from '../ui/status.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { View } from '../ui/view.ts'
import { type FilterInput, isFiltered, type ListTab, TABS } from './filter.ts'
import { MessageList, type MessageRow } from './list.tsx'

export type ListPageProps = {
  readonly view: View
  readonly server: ServerFrame
  readonly tab: ListTab
  readonly filter: FilterInput
  readonly problems: readonly string[]
  readonly rows: readonly MessageRow[]
  readonly previousHref: string | null
  readonly nextHref: string | null
  readonly oldestFirst: boolean
}

const TITLES: Readonly<Record<ListTab, string>> = { outgoing: 'Outgoing messages', incoming: 'Incoming messages', held: 'Held messages' }
const LABELS: Readonly<Record<ListTab, string>> = { outgoing: 'Outgoing', incoming: 'Incoming', held: 'Held' }

export function ListPage(props: ListPageProps) {
  const { view, server, tab, rows, problems, previousHref, nextHref } = props
  const base = `${server.href}/messages`
  return (
    <ServerPage view={view} server={server} section="messages" title={TITLES[tab]}>
      <div class="page-head">
        <h1>{TITLES[tab]}</h1>
      </div>
      <Tabs
        label="Kinds of messages"
        tabs={TABS.map((name) => ({ label: LABELS[name], href: `${base}/${name}`, current: name === tab }))}
      />
      <SearchForm {...props} action={`${base}/${tab}`} />
      {problems.length > 0 && (
        <ul class="notice notice-warn" role="status">
          {problems.map((problem) => (
            <li>{problem}</li>
          ))}
        </ul>
      )}
      {rows.length === 0 && <Nothing {...props} base={`${base}/${tab}`} />}
      {rows.length > 0 &&
        (tab === 'held' && server.writable ? <HeldList {...props} /> : <MessageList rows={rows} view={view} caption={TITLES[tab]} />)}
      <Pager
        previous={previousHref}
        next={nextHref}
        labels={props.oldestFirst ? { previous: 'Older', next: 'Newer' } : { previous: 'Newer', next: 'Older' }}
      />
    </ServerPage>
  )
}

/** Many are decided on at once. */
const HeldList = ({ view, server, rows }: ListPageProps) => (
  <form method="post" action={`${server.href}/messages/moves`}>
    <FormToken view={view} />
    <MessageList rows={rows} view={view} caption={TITLES.held} choosable={true} />
    <div class="bulk">
      <span class="quiet">With the ticked ones:</span>
      <button class="button button-main" type="submit" name="verb" value="release">
        Release
      </button>
      <button class="button button-plain" type="submit" name="verb" value="cancel_hold">
        Cancel the hold
      </button>
    </div>
  </form>
)

function SearchForm({ filter, tab, action }: ListPageProps & { action: string }) {
  const fieldsUsed = filter.to !== '' || filter.from !== '' || filter.tag !== '' || filter.msgid !== ''
  return (
    <search class="search">
      <form method="get" action={action}>
        <div class="search-line">
          <label class="search-box">
            <span class="hidden">Search messages</span>
            <Icon name="search" />
            <input
              type="search"
              name="q"
              value={filter.q}
              placeholder="Subject, recipient, or status: held to: @example.com"
              autocomplete="off"
              spellcheck={false}
              aria-describedby="search-help"
              maxlength={2000}
            />
          </label>
          {tab !== 'held' && <StatusChoice value={filter.status} />}
          <button class="button button-main" type="submit">
            Search
          </button>
          {isFiltered(filter) && (
            <a class="button button-plain" href={action}>
              Clear
            </a>
          )}
        </div>
        <details class="search-more" open={fieldsUsed}>
          <summary>More conditions and help</summary>
          <div class="search-fields">
            <SearchField name="to" label="Recipient" value={filter.to} />
            <SearchField name="from" label="Sender" value={filter.from} />
            <SearchField name="tag" label="Tag" value={filter.tag} />
            <SearchField name="msgid" label="Message-ID" value={filter.msgid} />
          </div>
          <SearchHelp />
        </details>
      </form>
    </search>
  )
}

const StatusChoice = ({ value }: { value: string }) => (
  <label class="search-status">
    <span class="hidden">Status</span>
    <select name="status">
      <option value="">Any status</option>
      {MESSAGE_STATUSES.map((status) => (
        <option value={status} selected={status === value}>
          {statusLabel(status)}
        </option>
      ))}
    </select>
  </label>
)

const SearchField = ({ name, label, value }: { name: string; label: string; value: string }) => (
  <label class="search-field">
    {label}
    <input type="text" name={name} value={value} autocomplete="off" spellcheck={false} maxlength={1000} />
  </label>
)

const EXAMPLES = [
  ['to: ana@example.com', 'one recipient; @example.com is a whole domain, ana* a beginning'],
  ['status: softfail status: held', 'any of these'],
  ['tag: [blank]', 'without a tag'],
  ['kind: bounce', 'mail to a return path: bounce, delay, complaint, auto-reply, challenge or ordinary'],
  ['after: yesterday before: "2 hours ago"', 'also 2026-11-21 or 2026-11-21 14:05, in your time zone'],
  ['msgid: id: token:', 'one message, whichever tab it is in'],
  ['order: oldest-first', 'the other way round'],
] as const

const SearchHelp = () => (
  <div class="search-help" id="search-help">
    <p>Conditions are added up; one that is given twice means any of its values. Words without a key are looked for in the subject.</p>
    <dl>
      {EXAMPLES.map(([example, meaning]) => (
        <div>
          <dt>
            <code>{example}</code>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  </div>
)

function Nothing({ filter, tab, server, previousHref, base }: ListPageProps & { base: string }) {
  if (isFiltered(filter))
    return (
      <Empty icon="search" title="No message matches">
        <p>Loosen a condition, look in the other tabs, or clear the search.</p>
        <p>
          <a class="button button-plain" href={base}>
            Clear the search
          </a>
        </p>
      </Empty>
    )
  if (previousHref)
    return (
      <Empty title="Nothing on this page">
        <p>
          <a href={base}>Back to the newest messages</a>
        </p>
      </Empty>
    )
  if (tab === 'held')
    return (
      <Empty icon="check" title="Nothing is held">
        <p>
          Messages wait here when a person has to decide: in development mode, for suppressed recipients, or by a credential that holds.
        </p>
      </Empty>
    )
  if (tab === 'incoming')
    return (
      <Empty title="No incoming mail yet">
        <p>
          Mail arrives here when a route leads an address of one of your domains to this mail server, and the domain’s MX records point
          here.
        </p>
      </Empty>
    )
  return <NoMessage server={server} />
}
