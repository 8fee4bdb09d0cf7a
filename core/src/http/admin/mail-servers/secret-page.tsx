/** The signing secret of a webhook or an HTTP endpoint, on a page that nobody keeps. */
import { Copy } from '../ui/copy.tsx'
import { Icon } from '../ui/icon.tsx'
import type { View } from '../ui/view.ts'
import { type ServerFrame, ServerPage } from './frame.tsx'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly section: 'webhooks' | 'endpoints'
  readonly name: string
  readonly secret: string
  /** What has just been done, if anything was. */
  readonly notice: string | null
}

export const SecretPage = ({ view, server, section, name, secret, notice }: Props) => (
  <ServerPage view={view} server={server} section={section} title={name}>
    <div class="page-head">
      <h1>{name}</h1>
    </div>
    {notice && (
      <p class="notice notice-good" role="status">
        <Icon name="check" />
        {notice}
      </p>
    )}
    <section class="panel">
      <h2>Signing secret</h2>
      <p>With it your application proves that a request comes from here (header Webhook-Signature).</p>
      <Copy value={secret} label="secret" />
      <p class="quiet">Showing a secret is recorded with your name and the time.</p>
      <p>
        <a class="button button-plain" href={`${server.href}/${section}`}>
          Done
        </a>
      </p>
    </section>
  </ServerPage>
)

export const SECRET_REPLACED = 'Secret replaced. The former one signs too, until you retire it.'
