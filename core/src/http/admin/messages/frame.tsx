/** What every page of a message shows: subject, status, people, tabs. */
import type { Child } from 'hono/jsx'
import type { MessageStatus } from '../../../domain/message.ts'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Icon } from '../ui/icon.tsx'
import { Status } from '../ui/status.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { FullTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { listHref } from './filter.ts'

export type MessageHead = {
  readonly id: number
  readonly href: string
  readonly subject: string | null
  readonly status: MessageStatus
  readonly incoming: boolean
  readonly rcptTo: string
  readonly mailFrom: string
  readonly createdAt: Date
  readonly inWords: string
}

const CONTENT_TABS = [
  ['headers', 'Headers'],
  ['plain', 'Plain text'],
  ['html', 'HTML'],
  ['attachments', 'Attachments'],
] as const

export type MessageTab = 'activity' | (typeof CONTENT_TABS)[number][0]

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly message: MessageHead
  readonly tab: MessageTab
  readonly children?: Child
}

export function MessageFrame({ view, server, message, tab, children }: Props) {
  const list = `${server.href}/messages/${message.incoming ? 'incoming' : 'outgoing'}`
  return (
    <ServerPage view={view} server={server} section="messages" title={message.subject || 'No subject'}>
      <div class={`message-head message-${message.status}`}>
        <p class="message-back">
          <a href={list}>
            <Icon name="back" />
            {message.incoming ? 'Incoming' : 'Outgoing'} messages
          </a>
        </p>
        <h1>
          <bdi>{message.subject || 'No subject'}</bdi>
        </h1>
        <p class="message-status">
          <Status status={message.status} />
          <span>{message.inWords}</span>
        </p>
        <dl class="message-people">
          <div>
            <dt>To</dt>
            <dd>
              <a href={listHref(list, { to: message.rcptTo })} title="All messages to this recipient">
                <bdi>{message.rcptTo}</bdi>
              </a>
            </dd>
          </div>
          <div>
            <dt>From</dt>
            <dd>
              {message.mailFrom === '' ? (
                'nobody (a notice)'
              ) : (
                <a href={listHref(list, { from: message.mailFrom })} title="All messages of this sender">
                  <bdi>{message.mailFrom}</bdi>
                </a>
              )}
            </dd>
          </div>
          <div>
            <dt>Accepted</dt>
            <dd>
              <FullTime at={message.createdAt} view={view} />
            </dd>
          </div>
        </dl>
      </div>
      {server.writable && <MessageTabs message={message} tab={tab} />}
      {children}
    </ServerPage>
  )
}

const MessageTabs = ({ message, tab }: { message: MessageHead; tab: MessageTab }) => (
  <div class="message-tabs">
    <Tabs
      label="Parts of this message"
      tabs={[
        { label: 'Activity', href: message.href, current: tab === 'activity' },
        ...CONTENT_TABS.map(([name, label]) => ({ label, href: `${message.href}/${name}`, current: name === tab })),
      ]}
    />
    <a class="button button-plain" href={`${message.href}/download`} download>
      <Icon name="download" />
      Download .eml
    </a>
  </div>
)
