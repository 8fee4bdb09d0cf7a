/** Rows of messages, as lists show them. */
import type { Message, MessageStatus } from '../../../domain/message.ts'
import type { ReportKind } from '../../../domain/report-kind.ts'
import { Icon } from '../ui/icon.tsx'
import { Status } from '../ui/status.tsx'
import { Cell, Table, TableRow } from '../ui/table.tsx'
import { ShortTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { KIND_MARKS } from './report-kinds.ts'

export type MessageRow = {
  readonly id: number
  readonly href: string
  readonly status: MessageStatus
  readonly subject: string | null
  readonly rcptTo: string
  readonly mailFrom: string
  readonly tag: string | null
  /** Of mail to a return path, else null. */
  readonly kind: ReportKind | null
  readonly incoming: boolean
  readonly opened: boolean
  readonly clicked: boolean
  readonly createdAt: Date
}

export const rowOf = (message: Message, serverPath: string, kinds: ReadonlyMap<number, ReportKind> = new Map()): MessageRow => ({
  id: message.id,
  href: `${serverPath}/messages/${message.id}`,
  status: message.status,
  subject: message.subject,
  rcptTo: message.rcptTo,
  mailFrom: message.mailFrom,
  tag: message.tag,
  kind: message.bounce ? (kinds.get(message.id) ?? 'ordinary') : null,
  incoming: message.scope === 'incoming',
  opened: message.openedAt !== null,
  clicked: message.clickedAt !== null,
  createdAt: message.createdAt,
})

const COLUMNS = [{ label: 'Status' }, { label: 'Message' }, { label: 'Recipient' }, { label: 'Accepted', end: true }]

type ListProps = {
  readonly rows: readonly MessageRow[]
  readonly view: View
  readonly caption: string
  /** With a box to tick in each row, for the form around it. */
  readonly choosable?: boolean
}

export const MessageList = ({ rows, view, caption, choosable = false }: ListProps) => (
  <Table kind="messages" label={caption} columns={COLUMNS}>
    {rows.map((row) => (
      <Row row={row} view={view} choosable={choosable} />
    ))}
  </Table>
)

const Row = ({ row, view, choosable }: { row: MessageRow; view: View; choosable: boolean }) => (
  <TableRow>
    <Cell name="messages-status">
      {choosable && (
        <input type="checkbox" class="choose" name="ids" value={String(row.id)} aria-label={`Choose: ${row.subject || 'No subject'}`} />
      )}
      <Status status={row.status} />
    </Cell>
    <Cell name="messages-subject">
      <a class="row-link" href={row.href}>
        <bdi>{row.subject || 'No subject'}</bdi>
      </a>
      <span class="messages-line">
        <span class="messages-from">
          from <bdi>{row.mailFrom || 'nobody (a notice)'}</bdi>
        </span>
        <Marks row={row} />
      </span>
    </Cell>
    <Cell name="messages-to">
      <bdi>{row.rcptTo}</bdi>
    </Cell>
    <Cell name="messages-time list-end">
      <ShortTime at={row.createdAt} view={view} />
    </Cell>
  </TableRow>
)

const Marks = ({ row }: { row: MessageRow }) => (
  <>
    {row.kind !== null && <span class="mark">{KIND_MARKS[row.kind]}</span>}
    {row.tag !== null && <span class="mark">{row.tag}</span>}
    {row.clicked && (
      <span class="mark mark-good">
        <Icon name="pointer" />
        Clicked
      </span>
    )}
    {row.opened && !row.clicked && (
      <span class="mark mark-good">
        <Icon name="eye" />
        Opened
      </span>
    )}
  </>
)
