/** The queue of a mail server: how long, how old, what is next. */
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import type { Tile } from '../mail-servers/show-page.tsx'
import { Empty } from '../ui/empty.tsx'
import { Pager } from '../ui/pager.tsx'
import { Badge } from '../ui/status.tsx'
import { Cell, Table, TableRow } from '../ui/table.tsx'
import { RelativeTime, ShortTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'

export type QueueRow = {
  readonly href: string
  readonly subject: string | null
  readonly rcptTo: string | null
  readonly delivering: boolean
  readonly attempts: number
  readonly dueAt: Date
  readonly createdAt: Date
  readonly uncertain: boolean
  readonly domain: string
  /** Of the site that it waits for, for those who may see it. */
  readonly siteHref: string | null
}

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly tiles: readonly Tile[]
  readonly rows: readonly QueueRow[]
  /** Sees the sites of the whole installation. */
  readonly operator: boolean
  readonly previousHref: string | null
  readonly nextHref: string | null
}

export const QueuePage = ({ view, server, tiles, rows, operator, previousHref, nextHref }: Props) => (
  <ServerPage view={view} server={server} section="queue" title="Queue">
    <div class="page-head">
      <h1>Queue</h1>
      {operator && (
        <a class="button button-plain" href="/sites">
          Sites that mail waits for
        </a>
      )}
    </div>
    <dl class="tiles">
      {tiles.map(({ label, value, note }) => (
        <div class="tile">
          <dt>{label}</dt>
          <dd>{value}</dd>
          {note && <dd class="tile-note">{note}</dd>}
        </div>
      ))}
    </dl>
    {rows.length > 0 ? <Entries rows={rows} view={view} /> : <NothingQueued />}
    <Pager previous={previousHref} next={nextHref} labels={{ previous: 'Newest', next: 'Older' }} />
  </ServerPage>
)

const NothingQueued = () => (
  <Empty icon="check" title="The queue is empty">
    <p>Everything that was accepted has been delivered, given up or held. New mail passes through here in moments.</p>
  </Empty>
)

const COLUMNS = [{ label: 'Message' }, { label: 'Attempts' }, { label: 'Next attempt' }, { label: 'Accepted', end: true }]

const Entries = ({ rows, view }: { rows: readonly QueueRow[]; view: View }) => (
  <Table kind="queue" label="Queued messages" columns={COLUMNS}>
    {rows.map((row) => (
      <TableRow>
        <Cell name="queue-message">
          <a class="row-link" href={row.href}>
            <bdi>{row.subject || 'No subject'}</bdi>
          </a>
          <span class="messages-from queue-to">
            to <bdi>{row.rcptTo ?? 'a message that is gone'}</bdi>
            {row.siteHref !== null && (
              <>
                {' · '}
                <a href={row.siteHref} aria-label={`Site of ${row.domain}`}>
                  site
                </a>
              </>
            )}
          </span>
        </Cell>
        <Cell name="queue-attempts">
          {attemptsText(row.attempts)}
          {row.uncertain && <span class="mark">may be a duplicate</span>}
        </Cell>
        <Cell name="queue-due">
          {row.delivering ? <Badge tone="good" icon="forward" label="Being delivered" /> : <Due at={row.dueAt} view={view} />}
        </Cell>
        <Cell name="queue-time list-end">
          <ShortTime at={row.createdAt} view={view} />
        </Cell>
      </TableRow>
    ))}
  </Table>
)

const attemptsText = (attempts: number): string => (attempts === 0 ? 'none yet' : `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`)

const Due = ({ at, view }: { at: Date; view: View }) => (at <= view.now ? <>due now</> : <RelativeTime at={at} view={view} />)
