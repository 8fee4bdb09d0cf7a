/** The addresses that a mail server must not mail: searched, ended, and added to. */
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Empty } from '../ui/empty.tsx'
import { Action, type Mistake } from '../ui/form.tsx'
import { Pager } from '../ui/pager.tsx'
import { Badge } from '../ui/status.tsx'
import { RelativeTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { type SuppressionFields, SuppressionForm } from './form.tsx'

export type SuppressionRow = {
  readonly address: string
  readonly reason: string
  readonly source: string
  readonly keepUntil: Date | null
  readonly createdAt: Date
  /** Its outgoing mail. */
  readonly messagesHref: string
}

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly rows: readonly SuppressionRow[]
  readonly search: string
  readonly previousHref: string | null
  readonly nextHref: string | null
  readonly fields?: SuppressionFields
  readonly mistake?: Mistake | undefined
}

export const SuppressionsPage = ({ view, server, rows, search, previousHref, nextHref, fields, mistake }: Props) => {
  const href = `${server.href}/suppressions`
  return (
    <ServerPage view={view} server={server} section="suppressions" title="Suppressions">
      <div class="page-head">
        <h1>Suppressions</h1>
      </div>
      <Search action={href} search={search} />
      {rows.length > 0 ? (
        <ul class="rows">
          {rows.map((row) => (
            <SuppressionItem row={row} view={view} action={server.writable ? `${href}/removal` : null} />
          ))}
        </ul>
      ) : (
        <Nothing searched={search !== ''} />
      )}
      <Pager previous={previousHref} next={nextHref} labels={{ previous: 'First', next: 'More' }} />
      {server.writable && <SuppressionForm view={view} action={href} fields={fields} mistake={mistake} />}
    </ServerPage>
  )
}

const Search = ({ action, search }: { action: string; search: string }) => (
  <search>
    <form method="get" action={action} class="form">
      <label for="search">Part of an address</label>
      <input id="search" type="search" name="search" value={search} maxlength={320} />
      <button class="button button-plain" type="submit">
        Search
      </button>
    </form>
  </search>
)

const Nothing = ({ searched }: { searched: boolean }) =>
  searched ? (
    <Empty icon="check" title="No such address">
      <p>No suppressed address has this in it.</p>
    </Empty>
  ) : (
    <Empty icon="check" title="Nobody is suppressed">
      <p>
        Addresses that do not exist, and people who complain or unsubscribe, come here by themselves. Mail to them is held until somebody
        decides.
      </p>
    </Empty>
  )

type ItemProps = { readonly row: SuppressionRow; readonly view: View; readonly action: string | null }

const SuppressionItem = ({ row, view, action }: ItemProps) => (
  <li class="row">
    <div class="row-main">
      <a href={row.messagesHref} title="All messages to this recipient">
        <bdi>{row.address}</bdi>
      </a>
      <span class="quiet">
        {row.reason} · <RelativeTime at={row.createdAt} view={view} />
      </span>
    </div>
    <div class="row-badges">
      <Badge tone={row.source === 'complaint' ? 'bad' : 'quiet'} label={SOURCE_LABELS[row.source] ?? row.source} />
      <span class="quiet">
        {row.keepUntil ? (
          <>
            ends <RelativeTime at={row.keepUntil} view={view} />
          </>
        ) : (
          'for ever'
        )}
      </span>
    </div>
    {action !== null && (
      <div class="row-actions">
        <Action view={view} action={action} label={`Remove ${row.address}`}>
          <input type="hidden" name="address" value={row.address} />
        </Action>
      </div>
    )}
  </li>
)

const SOURCE_LABELS: Readonly<Record<string, string>> = {
  delivery: 'Refused',
  bounce: 'Bounced',
  complaint: 'Complained',
  unsubscribe: 'Unsubscribed',
  manual: 'Added by hand',
  import: 'Imported',
}
