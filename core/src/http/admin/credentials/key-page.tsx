/** The key of a credential, on a page that nobody keeps. */
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Copy } from '../ui/copy.tsx'
import { Icon } from '../ui/icon.tsx'
import type { View } from '../ui/view.ts'
import { TYPE_LABELS } from './form.tsx'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly name: string
  readonly type: keyof typeof TYPE_LABELS
  readonly secret: string | null
  readonly userName: string
  readonly created: boolean
}

export const KeyPage = ({ view, server, name, type, secret, userName, created }: Props) => (
  <ServerPage view={view} server={server} section="credentials" title={name}>
    <div class="page-head">
      <h1>{name}</h1>
    </div>
    {created && (
      <p class="notice notice-good" role="status">
        <Icon name="check" />
        Credential created.
      </p>
    )}
    <section class="panel">
      <h2>{TYPE_LABELS[type]} credential</h2>
      {secret === null ? (
        <p>It has no key: whoever connects from its addresses may send.</p>
      ) : (
        <dl class="facts">
          {type === 'smtp' && (
            <div>
              <dt>User name</dt>
              <dd>
                <Copy value={userName} label="user name" />
              </dd>
            </div>
          )}
          <div>
            <dt>{type === 'smtp' ? 'Password' : 'X-Server-API-Key'}</dt>
            <dd>
              <Copy value={secret} label="key" />
            </dd>
          </div>
        </dl>
      )}
      <p class="quiet">Showing a key is recorded with your name and the time.</p>
      <p>
        <a class="button button-plain" href={`${server.href}/credentials`}>
          Done
        </a>
      </p>
    </section>
  </ServerPage>
)
