/** What was sent to the webhooks of a mail server, newest first. */
import type { WebhookRequestState } from '../../../store/webhook-history.ts'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Empty } from '../ui/empty.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Pager } from '../ui/pager.tsx'
import { Badge, type Tone } from '../ui/status.tsx'
import { ShortTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'

export type RequestRow = {
  readonly href: string
  readonly event: string
  readonly webhook: string
  readonly state: WebhookRequestState
  readonly attempts: number
  readonly createdAt: Date
}

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly rows: readonly RequestRow[]
  readonly previousHref: string | null
  readonly nextHref: string | null
}

export const HistoryPage = ({ view, server, rows, previousHref, nextHref }: Props) => (
  <ServerPage view={view} server={server} section="webhooks" title="Webhook requests">
    <div class="page-head">
      <div>
        <BackTo href={`${server.href}/webhooks`} label="Webhooks" />
        <h1>Requests</h1>
      </div>
    </div>
    {rows.length > 0 ? (
      <ul class="rows">
        {rows.map((row) => (
          <RequestItem row={row} view={view} />
        ))}
      </ul>
    ) : (
      <Empty title="Nothing was sent yet">
        <p>As soon as something happens to a message, the webhooks that want to know are told, and what they answer stands here.</p>
      </Empty>
    )}
    <Pager previous={previousHref} next={nextHref} labels={{ previous: 'Newest', next: 'Older' }} />
  </ServerPage>
)

export const BackTo = ({ href, label }: { href: string; label: string }) => (
  <p class="message-back">
    <a href={href}>
      <Icon name="back" />
      {label}
    </a>
  </p>
)

const RequestItem = ({ row, view }: { row: RequestRow; view: View }) => (
  <li class="row">
    <div class="row-main">
      <a class="row-link" href={row.href}>
        {row.event}
      </a>
      <span class="quiet">
        {row.webhook} · {row.attempts === 1 ? '1 attempt' : `${row.attempts} attempts`}
      </span>
    </div>
    <div class="row-badges">
      <RequestState state={row.state} />
      <span class="quiet">
        <ShortTime at={row.createdAt} view={view} />
      </span>
    </div>
  </li>
)

const LOOKS: Readonly<Record<WebhookRequestState, { label: string; tone: Tone; icon: IconName }>> = {
  ready: { label: 'Waiting', tone: 'quiet', icon: 'clock' },
  claimed: { label: 'Being sent', tone: 'quiet', icon: 'forward' },
  delivered: { label: 'Delivered', tone: 'good', icon: 'check' },
  dead: { label: 'Given up', tone: 'bad', icon: 'cross' },
}

export const RequestState = ({ state }: { state: WebhookRequestState }) => <Badge {...LOOKS[state]} />
