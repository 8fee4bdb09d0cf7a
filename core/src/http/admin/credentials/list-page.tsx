/** What senders prove themselves with. */
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Empty } from '../ui/empty.tsx'
import { Action, Danger, type Mistake } from '../ui/form.tsx'
import { Badge, type Tone } from '../ui/status.tsx'
import { RelativeTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { type CredentialFields, CredentialForm, TYPE_LABELS } from './form.tsx'

export type CredentialRow = {
  readonly href: string
  readonly type: keyof typeof TYPE_LABELS
  readonly name: string
  /** The first characters of the key, or the network. */
  readonly shown: string
  readonly hold: boolean
  readonly callsPerMinute: number | null
  readonly lastUsedAt: Date | null
}

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly credentials: readonly CredentialRow[]
  readonly fields?: CredentialFields
  readonly mistake?: Mistake | undefined
}

export const CredentialsPage = ({ view, server, credentials, fields, mistake }: Props) => (
  <ServerPage view={view} server={server} section="credentials" title="Credentials">
    <div class="page-head">
      <h1>Credentials</h1>
    </div>
    {credentials.length > 0 ? (
      <ul class="rows">
        {credentials.map((credential) => (
          <CredentialItem credential={credential} view={view} writable={server.writable} />
        ))}
      </ul>
    ) : (
      <Empty icon="lock" title="No credential yet">
        <p>An application needs one to send through this mail server: by SMTP, by the API, or by the address it connects from.</p>
      </Empty>
    )}
    {server.writable && <CredentialForm view={view} action={`${server.href}/credentials`} fields={fields} mistake={mistake} />}
  </ServerPage>
)

type ItemProps = { readonly credential: CredentialRow; readonly view: View; readonly writable: boolean }

const CredentialItem = ({ credential, view, writable }: ItemProps) => {
  const usage = usageOf(credential.lastUsedAt, view.now)
  return (
    <li class="row">
      <div class="row-main">
        <strong>{credential.name}</strong>
        <span class="quiet">
          {TYPE_LABELS[credential.type]} · <code>{credential.shown}</code>
          {credential.callsPerMinute !== null && ` · at most ${credential.callsPerMinute.toLocaleString('en')} calls a minute`}
        </span>
      </div>
      <div class="row-badges">
        {credential.hold && <Badge tone="hold" icon="pause" label="Holds all mail" />}
        <Badge tone={usage.tone} label={usage.label} />
        <span class="quiet">{credential.lastUsedAt && <RelativeTime at={credential.lastUsedAt} view={view} />}</span>
      </div>
      {writable && (
        <div class="row-actions">
          <a class="button button-plain" href={credential.href}>
            Edit
          </a>
          {credential.type !== 'smtp_ip' && <Action view={view} action={`${credential.href}/key`} label="Show key" />}
          <Danger summary="Revoke">
            <p>Whoever sends with {credential.name} is refused from now on.</p>
            <Action view={view} action={`${credential.href}/revocation`} label={`Revoke ${credential.name}`} tone="danger" />
          </Danger>
        </div>
      )}
    </li>
  )
}

const DAY_MS = 86_400_000

/** Postal's words for how long ago a credential was last used. */
function usageOf(lastUsedAt: Date | null, now: Date): { readonly label: string; readonly tone: Tone } {
  if (!lastUsedAt) return { label: 'Unused', tone: 'quiet' }
  const days = (now.getTime() - lastUsedAt.getTime()) / DAY_MS
  if (days > 365) return { label: 'Inactive', tone: 'bad' }
  if (days > 182) return { label: 'Dormant', tone: 'warn' }
  return days > 30 ? { label: 'Quiet', tone: 'quiet' } : { label: 'Active', tone: 'good' }
}
