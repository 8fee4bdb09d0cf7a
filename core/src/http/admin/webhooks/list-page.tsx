/** Addresses of customers that are told about events. */
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Empty } from '../ui/empty.tsx'
import { Action, Danger, type Mistake } from '../ui/form.tsx'
import { Badge } from '../ui/status.tsx'
import { RelativeTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { type WebhookFields, WebhookForm } from './form.tsx'

export type WebhookRow = {
  readonly href: string
  readonly name: string
  readonly url: string
  readonly enabled: boolean
  readonly events: string
  readonly postalSignatures: boolean
  /** A secret was replaced, and the former one signs too. */
  readonly replacing: boolean
  readonly failuresInARow: number
  readonly pausedUntil: Date | null
  readonly lastUsedAt: Date | null
}

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly webhooks: readonly WebhookRow[]
  readonly fields?: WebhookFields
  readonly mistake?: Mistake | undefined
}

export const WebhooksPage = ({ view, server, webhooks, fields, mistake }: Props) => (
  <ServerPage view={view} server={server} section="webhooks" title="Webhooks">
    <div class="page-head">
      <h1>Webhooks</h1>
      <a class="button button-plain" href={`${server.href}/webhooks/requests`}>
        Requests
      </a>
    </div>
    {webhooks.length > 0 ? (
      <ul class="rows">
        {webhooks.map((webhook) => (
          <WebhookItem webhook={webhook} view={view} writable={server.writable} />
        ))}
      </ul>
    ) : (
      <Empty title="No webhook yet">
        <p>A webhook tells your application what became of its mail: delivered, bounced, opened, clicked.</p>
      </Empty>
    )}
    {server.writable && <WebhookForm view={view} action={`${server.href}/webhooks`} fields={fields} mistake={mistake} />}
  </ServerPage>
)

const WebhookItem = ({ webhook, view, writable }: { webhook: WebhookRow; view: View; writable: boolean }) => (
  <li class="row">
    <div class="row-main">
      <strong>{webhook.name}</strong>
      <span class="quiet row-url">{webhook.url}</span>
      <span class="quiet">
        {webhook.events}
        {webhook.lastUsedAt ? (
          <>
            {' '}
            · last called <RelativeTime at={webhook.lastUsedAt} view={view} />
          </>
        ) : (
          ' · not called yet'
        )}
      </span>
    </div>
    <div class="row-badges">
      <WebhookState webhook={webhook} view={view} />
    </div>
    {writable && (
      <div class="row-actions">
        <Action view={view} action={`${webhook.href}/secret`} label="Show secret" />
        {webhook.replacing ? (
          <Action view={view} action={`${webhook.href}/secret/retirement`} label="Retire former secret" />
        ) : (
          <Action view={view} action={`${webhook.href}/secret/replacement`} label="Replace secret" />
        )}
        <Action view={view} action={`${webhook.href}/settings`} label={webhook.enabled ? 'Switch off' : 'Switch on'}>
          <input type="hidden" name="enabled" value={webhook.enabled ? 'no' : 'yes'} />
        </Action>
        <Action
          view={view}
          action={`${webhook.href}/settings`}
          label={webhook.postalSignatures ? 'Sign by its secret alone' : 'Sign as Postal does too'}
        >
          <input type="hidden" name="postal_signatures" value={webhook.postalSignatures ? 'no' : 'yes'} />
        </Action>
        <Danger summary="Remove">
          <p>What is on its way to {webhook.name} is dropped.</p>
          <Action view={view} action={`${webhook.href}/removal`} label={`Remove ${webhook.name}`} tone="danger" />
        </Danger>
      </div>
    )}
  </li>
)

function WebhookState({ webhook, view }: { webhook: WebhookRow; view: View }) {
  if (!webhook.enabled) return <Badge tone="quiet" icon="pause" label="Switched off" />
  if (webhook.pausedUntil && webhook.pausedUntil > view.now)
    return <Badge tone="bad" icon="warning" label={`Does not answer: ${webhook.failuresInARow} failures in a row`} />
  if (webhook.failuresInARow > 0) return <Badge tone="warn" icon="warning" label={`${webhook.failuresInARow} failures in a row`} />
  return <Badge tone="good" icon="check" label="On" />
}
