/** A message: what happened to it, its properties, and what may be done. */
import type { MessageVerb } from '../../../domain/queue-entry.ts'
import type { ServerFrame } from '../mail-servers/frame.tsx'
import { type Fact, Facts } from '../ui/facts.tsx'
import { FormToken } from '../ui/form.tsx'
import { Sentence } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { MessageFrame, type MessageHead } from './frame.tsx'
import { type Inspected, Inspection } from './inspection.tsx'
import type { TimelineEntry } from './timeline.ts'
import { Timeline } from './timeline-list.tsx'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly message: MessageHead
  readonly timeline: readonly TimelineEntry[]
  /** What happens next, in sentences; empty when nothing does. */
  readonly next: readonly string[]
  /** For those who may see how all of its mail does. */
  readonly siteHref: string | null
  readonly facts: readonly Fact[]
  readonly inspected: Inspected | null
  readonly verbs: readonly MessageVerb[]
}

export const MessagePage = ({ view, server, message, timeline, next, siteHref, facts, inspected, verbs }: Props) => (
  <MessageFrame view={view} server={server} message={message} tab="activity">
    <div class="columns">
      <section class="columns-main">
        <h2>Activity</h2>
        <Timeline entries={timeline} view={view} messagesHref={`${server.href}/messages`} />
        {inspected && <Inspection inspected={inspected} />}
      </section>
      <aside class="columns-side">
        {next.length > 0 && <NextSteps view={view} lines={next} siteHref={siteHref} />}
        {server.writable && verbs.length > 0 && <Moves view={view} message={message} verbs={verbs} />}
        <section class="panel">
          <h2>Properties</h2>
          <Facts facts={facts} />
        </section>
      </aside>
    </div>
  </MessageFrame>
)

const NextSteps = ({ view, lines, siteHref }: { view: View; lines: readonly string[]; siteHref: string | null }) => (
  <section class="panel explained">
    <h2>What happens next</h2>
    {lines.map((line) => (
      <p>
        <Sentence text={line} view={view} />
      </p>
    ))}
    {siteHref !== null && (
      <p>
        <a href={siteHref}>The site, its limits and what else waits for it</a>
      </p>
    )}
  </section>
)

const VERBS: Readonly<Record<MessageVerb, { label: string; hint: string }>> = {
  release: { label: 'Release', hint: 'Send it now. Checks that held it are skipped.' },
  cancel_hold: { label: 'Cancel the hold', hint: 'It will not be sent.' },
  retry_now: { label: 'Try again now', hint: 'Do not wait for the next attempt.' },
  hold: { label: 'Hold', hint: 'Take it out of the queue until somebody decides.' },
  withdraw: { label: 'Take out of the queue', hint: 'It will not be tried again.' },
  redeliver: { label: 'Deliver again', hint: 'The recipient gets it once more.' },
}

/** What helps a message on is offered first. */
const ORDER: readonly MessageVerb[] = ['release', 'retry_now', 'redeliver', 'hold', 'cancel_hold', 'withdraw']
const HELPFUL: ReadonlySet<MessageVerb> = new Set(['release', 'retry_now'])

const Moves = ({ view, message, verbs }: Pick<Props, 'view' | 'message' | 'verbs'>) => (
  <section class="panel">
    <h2>Actions</h2>
    <form method="post" action={`${message.href}/moves`} class="moves">
      <FormToken view={view} />
      {ORDER.filter((verb) => verbs.includes(verb)).map((verb) => (
        <div>
          <button
            class={`button ${HELPFUL.has(verb) ? 'button-main' : 'button-plain'}`}
            type="submit"
            name="verb"
            value={verb}
            aria-describedby={`verb-${verb}`}
          >
            {VERBS[verb].label}
          </button>
          <p class="field-hint" id={`verb-${verb}`}>
            {VERBS[verb].hint}
          </p>
        </div>
      ))}
    </form>
  </section>
)
