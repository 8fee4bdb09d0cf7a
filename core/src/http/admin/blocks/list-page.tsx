/** Who is refused for a while, and the button that ends it. */
import { Empty } from '../ui/empty.tsx'
import { Action } from '../ui/form.tsx'
import { Page } from '../ui/page.tsx'
import { Badge } from '../ui/status.tsx'
import { RelativeTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'

export type BlockRow = {
  readonly kind: string
  readonly subject: string
  readonly failures: number
  readonly until: Date
}

type Props = { readonly view: View; readonly blocks: readonly BlockRow[] }

const START = { label: 'Mail servers', href: '/' }

export const BlocksPage = ({ view, blocks }: Props) => (
  <Page view={view} title="Blocks" crumbs={[START]}>
    <div class="page-head">
      <h1>Blocks</h1>
    </div>
    {blocks.length > 0 ? (
      <ul class="rows">
        {blocks.map((block) => (
          <BlockItem block={block} view={view} />
        ))}
      </ul>
    ) : (
      <Empty icon="check" title="Nobody is blocked">
        <p>Addresses, networks and accounts that fail to sign in or authenticate too often are refused for a while and shown here.</p>
      </Empty>
    )}
  </Page>
)

const BlockItem = ({ block, view }: { block: BlockRow; view: View }) => (
  <li class="row">
    <div class="row-main">
      <strong>
        <bdi>{block.subject}</bdi>
      </strong>
      <span class="quiet">
        {KIND_LABELS[block.kind] ?? block.kind} · {block.failures} failures
      </span>
    </div>
    <div class="row-badges">
      <Badge tone="bad" icon="lock" label="Refused" />
      <span class="quiet">
        ends <RelativeTime at={block.until} view={view} />
      </span>
    </div>
    <div class="row-actions">
      <Action view={view} action="/blocks/removal" label={`Lift ${block.subject}`}>
        <input type="hidden" name="kind" value={block.kind} />
        <input type="hidden" name="subject" value={block.subject} />
      </Action>
    </div>
  </li>
)

/** Other kinds are shown by their own name. */
const KIND_LABELS: Readonly<Record<string, string>> = { smtp_auth: 'SMTP authentication', login: 'Sign-in' }
