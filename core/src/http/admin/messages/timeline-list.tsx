/** The timeline of a message. */
import { meaning } from '../../../delivery/explain.ts'
import { type Delivery, type DeliveryStatus, encryptionText } from '../../../domain/delivery.ts'
import type { Attempt } from '../../../store/explanations.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { statusIcon, statusTone } from '../ui/status.tsx'
import { FullTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import type { TimelineEntry, VisitKind } from './timeline.ts'

type Props = { readonly entries: readonly TimelineEntry[]; readonly view: View; readonly messagesHref: string }

export const Timeline = ({ entries, view, messagesHref }: Props) => (
  <ol class="timeline">
    {entries.map((entry) => {
      const { tone, icon } = lookOf(entry)
      return (
        <li class={`timeline-entry timeline-${tone}`}>
          <span class="timeline-sign">
            <Icon name={icon} />
          </span>
          <div class="timeline-body">
            <p class="timeline-title">
              <strong>{titleOf(entry)}</strong>
              <FullTime at={entry.at} view={view} />
            </p>
            <Particulars entry={entry} messagesHref={messagesHref} />
          </div>
        </li>
      )
    })}
  </ol>
)

function lookOf(entry: TimelineEntry): { readonly tone: string; readonly icon: IconName } {
  if (entry.kind === 'delivery') return { tone: statusTone(entry.delivery.status), icon: statusIcon(entry.delivery.status) }
  if (entry.kind === 'visit') return VISIT_LOOKS[entry.visit]
  return entry.kind === 'next' ? { tone: 'next', icon: 'clock' } : { tone: 'quiet', icon: 'inbox' }
}

const VISIT_LOOKS: Readonly<Record<VisitKind, { tone: string; icon: IconName }>> = {
  opened: { tone: 'visit', icon: 'eye' },
  clicked: { tone: 'visit', icon: 'pointer' },
  unsubscribed: { tone: 'warn', icon: 'leave' },
  complained: { tone: 'bad', icon: 'warning' },
}

const VISIT_TITLES: Readonly<Record<VisitKind, string>> = {
  opened: 'Opened',
  clicked: 'Link clicked',
  unsubscribed: 'Unsubscribed',
  complained: 'Reported as unwanted',
}

const DELIVERY_TITLES: Readonly<Record<DeliveryStatus, string>> = {
  sent: 'Delivered',
  soft_failed: 'Attempt did not succeed',
  hard_failed: 'Delivery failed for good',
  held: 'Held',
  bounced: 'Bounced',
  processed: 'Processed',
  hold_cancelled: 'Hold cancelled',
  error: 'Attempt ended with a fault',
}

function titleOf(entry: TimelineEntry): string {
  if (entry.kind === 'delivery') return DELIVERY_TITLES[entry.delivery.status]
  if (entry.kind === 'visit') return VISIT_TITLES[entry.visit]
  if (entry.kind === 'accepted') return entry.incoming ? 'Received' : 'Accepted'
  return entry.now ? 'Being delivered' : 'Next attempt'
}

function Particulars({ entry, messagesHref }: { entry: TimelineEntry; messagesHref: string }) {
  if (entry.kind === 'delivery') return <DeliveryParticulars {...entry} messagesHref={messagesHref} />
  if (entry.kind === 'accepted') return <Security secured={entry.secured} />
  if (entry.kind === 'next')
    return entry.uncertain ? <p>The last attempt ended without an answer. The recipient may get this message twice.</p> : null
  return (
    <div class="timeline-facts">
      {entry.url !== null && <p class="timeline-url">{entry.url}</p>}
      {entry.automated && <p>Most likely by a machine, such as a scanner of links or a proxy of images.</p>}
      <p class="timeline-small">{[entry.ipAddress, entry.country, entry.userAgent].filter((part) => part !== null).join(' · ')}</p>
    </div>
  )
}

type DeliveryProps = { readonly delivery: Delivery; readonly attempt: Attempt | undefined; readonly messagesHref: string }

function DeliveryParticulars({ delivery, attempt, messagesHref }: DeliveryProps) {
  const { details, output, sentWithTls, ms, logId } = delivery
  const small = [
    attempt?.host ? `to ${attempt.host}` : null,
    attempt?.sourceIp ? `from ${attempt.sourceIp}` : null,
    attempt ? (encryptionText(attempt) ?? null) : null,
    ms === null ? null : `${(ms / 1000).toFixed(2)} s`,
    logId === null ? null : `log reference ${logId}`,
  ].filter((part) => part !== null)
  return (
    <div class="timeline-facts">
      <p>
        <Linked text={details} messagesHref={messagesHref} />
      </p>
      {output !== '' && (
        <figure class="output">
          <figcaption>Answer</figcaption>
          <pre tabindex={0}>{output}</pre>
        </figure>
      )}
      {attempt?.replyClass && <p>{meaning(attempt.replyClass)}</p>}
      {sentWithTls !== null && delivery.status === 'sent' && <Security secured={sentWithTls} />}
      {small.length > 0 && <p class="timeline-small">{small.join(' · ')}</p>}
      {attempt?.transcript && <Transcript text={attempt.transcript} />}
    </div>
  )
}

const Transcript = ({ text }: { text: string }) => (
  <details class="transcript">
    <summary>
      <Icon name="forward" />
      What was said
    </summary>
    <pre tabindex={0}>{text}</pre>
  </details>
)

const Security = ({ secured }: { secured: boolean }) => (
  <p class={secured ? 'secured' : 'secured secured-not'}>
    <Icon name={secured ? 'lock' : 'warning'} />
    {secured ? 'Encrypted on the way (TLS)' : 'Not encrypted on the way'}
  </p>
)

/** `<msg:123>` leads to that message. Everything else is text, whatever it looks like. */
const Linked = ({ text, messagesHref }: { text: string; messagesHref: string }) => (
  <>
    {text.split(/(<msg:\d{1,16}>)/).map((part) => {
      const [, id] = /^<msg:(\d+)>$/.exec(part) ?? []
      return id === undefined ? part : <a href={`${messagesHref}/${id}`}>message {id}</a>
    })}
  </>
)
