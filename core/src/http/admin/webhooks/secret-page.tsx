/** The secret of a webhook, on a page that nobody keeps. */
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Copy } from '../ui/copy.tsx'
import { Icon } from '../ui/icon.tsx'
import type { View } from '../ui/view.ts'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly name: string
  readonly secret: string
  readonly created: boolean
}

export const SecretPage = ({ view, server, name, secret, created }: Props) => (
  <ServerPage view={view} server={server} section="webhooks" title={name}>
    <div class="page-head">
      <h1>{name}</h1>
    </div>
    {created && (
      <p class="notice notice-good" role="status">
        <Icon name="check" />
        Webhook added.
      </p>
    )}
    <section class="panel">
      <h2>Signing secret</h2>
      <p>With it your application proves that a request comes from here (header Webhook-Signature).</p>
      <Copy value={secret} label="secret" />
      <p class="quiet">Showing a secret is recorded with your name and the time.</p>
      <p>
        <a class="button button-plain" href={`${server.href}/webhooks`}>
          Done
        </a>
      </p>
    </section>
  </ServerPage>
)
