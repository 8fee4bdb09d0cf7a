/** The overview of a mail server: how it is, how its last day went, what came last. */
import { MessageList, type MessageRow } from '../messages/list.tsx'
import { ServerState } from '../organizations/list-page.tsx'
import { type ChartHour, HourChart } from '../ui/chart.tsx'
import { Empty } from '../ui/empty.tsx'
import type { View } from '../ui/view.ts'
import { type ServerFrame, ServerPage } from './frame.tsx'

export type Tile = {
  readonly label: string
  readonly value: string
  readonly note?: string
  readonly href?: string
  readonly tone?: 'warn' | 'bad'
}

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly tiles: readonly Tile[]
  readonly hours: readonly ChartHour[]
  readonly latest: readonly MessageRow[]
}

export const OverviewPage = ({ view, server, tiles, hours, latest }: Props) => (
  <ServerPage view={view} server={server} section="overview" title="Overview">
    <div class="page-head">
      <h1>{server.name}</h1>
      <ServerState state={server.state} />
    </div>
    <dl class="tiles">
      {tiles.map((tile) => (
        <div class={tile.tone ? `tile tile-${tile.tone}` : 'tile'}>
          <dt>{tile.href ? <a href={tile.href}>{tile.label}</a> : tile.label}</dt>
          <dd>{tile.value}</dd>
          {tile.note && <dd class="tile-note">{tile.note}</dd>}
        </div>
      ))}
    </dl>
    <HourChart hours={hours} view={view} title="Last 24 hours" />
    <section class="latest">
      <div class="page-head">
        <h2>Latest messages</h2>
        <a href={`${server.href}/messages/outgoing`}>All messages</a>
      </div>
      {latest.length > 0 ? <MessageList rows={latest} view={view} caption="Latest messages" /> : <NoMessage server={server} />}
    </section>
  </ServerPage>
)

/** The way to the first mail, step by step. */
export const NoMessage = ({ server }: { server: ServerFrame }) => (
  <Empty title="No mail yet">
    <ol class="steps">
      <li>
        <a href={`${server.href}/domains`}>Add the domain</a> you send from, and publish its DNS records.
      </li>
      <li>
        <a href={`${server.href}/credentials`}>Create a credential</a> for SMTP or the API.
      </li>
      <li>Send a mail with it. It appears here the moment it is accepted.</li>
    </ol>
  </Empty>
)
