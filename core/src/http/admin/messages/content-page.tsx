/** What a mail says: headers, bodies, attachments. */
import type { ServerFrame } from '../mail-servers/frame.tsx'
import { Empty } from '../ui/empty.tsx'
import { Icon } from '../ui/icon.tsx'
import type { View } from '../ui/view.ts'
import { MessageFrame, type MessageHead, type MessageTab } from './frame.tsx'

type Shared = { readonly view: View; readonly server: ServerFrame; readonly message: MessageHead }

/** Raw mail leaves before its message does. */
export const RemovedPage = ({ tab, ...shared }: Shared & { tab: MessageTab }) => (
  <MessageFrame {...shared} tab={tab}>
    <Empty title="The content is no longer stored">
      <p>Raw mail is kept for as long as the mail server’s retention says; what happened to the message is kept longer.</p>
    </Empty>
  </MessageFrame>
)

export type HeaderLine = { readonly name: string; readonly value: string }

type HeadersProps = Shared & {
  readonly headers: readonly HeaderLine[]
  /** Further ones, which only the download has. */
  readonly more: number
}

export const HeadersPage = ({ headers, more, ...shared }: HeadersProps) => (
  <MessageFrame {...shared} tab="headers">
    <h2>Headers as accepted</h2>
    <dl class="headers">
      {headers.map(({ name, value }) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
    {more > 0 && <p class="content-note">{more} more are in the download.</p>}
  </MessageFrame>
)

export const PlainPage = ({ text, ...shared }: Shared & { text: string | null }) => (
  <MessageFrame {...shared} tab="plain">
    <h2>Plain text</h2>
    {text === null ? (
      <Empty title="This mail has no plain text part">
        <p>Mail with a plain text part reads better in text-only programs and passes more filters.</p>
      </Empty>
    ) : (
      <pre class="plain-text" tabindex={0}>
        {text}
      </pre>
    )}
  </MessageFrame>
)

type HtmlProps = Shared & {
  readonly present: boolean
  readonly remoteImages: 'none' | 'blocked' | 'shown'
}

export const HtmlPage = ({ present, remoteImages, ...shared }: HtmlProps) => (
  <MessageFrame {...shared} tab="html">
    <h2>HTML</h2>
    {present ? (
      <>
        <RemoteImages remoteImages={remoteImages} href={`${shared.message.href}/html`} />
        <iframe
          class="mail-frame"
          title={`HTML body of: ${shared.message.subject || 'No subject'}`}
          src={`${shared.message.href}/html/body${remoteImages === 'shown' ? '?images=shown' : ''}`}
          sandbox=""
          referrerpolicy="no-referrer"
        />
      </>
    ) : (
      <Empty title="This mail has no HTML part" />
    )}
  </MessageFrame>
)

function RemoteImages({ remoteImages, href }: { remoteImages: HtmlProps['remoteImages']; href: string }) {
  if (remoteImages === 'none') return <p class="content-note">Shown without scripts and without tracking.</p>
  if (remoteImages === 'shown')
    return (
      <p class="content-note">
        <span>Remote images are shown; their servers see your address.</span>
        <a class="button button-plain" href={href}>
          Block remote images
        </a>
      </p>
    )
  return (
    <p class="content-note">
      <span>Remote images are blocked: their servers would learn that somebody looks at this mail, and from where.</span>
      <a class="button button-plain" href={`${href}?images=shown`}>
        Show remote images
      </a>
    </p>
  )
}

export type AttachmentRow = {
  readonly href: string
  readonly filename: string
  readonly contentType: string
  readonly size: string
  readonly inline: boolean
}

export const AttachmentsPage = ({ attachments, ...shared }: Shared & { attachments: readonly AttachmentRow[] }) => (
  <MessageFrame {...shared} tab="attachments">
    <h2>Attachments</h2>
    {attachments.length === 0 ? (
      <Empty title="No attachments" />
    ) : (
      <ul class="attachments">
        {attachments.map(({ href, filename, contentType, size, inline }) => (
          <li>
            <a href={href} download>
              <Icon name="download" />
              <bdi>{filename}</bdi>
            </a>
            <span class="quiet">
              {contentType} · {size}
              {inline ? ' · shown in the text' : ''}
            </span>
          </li>
        ))}
      </ul>
    )}
  </MessageFrame>
)
