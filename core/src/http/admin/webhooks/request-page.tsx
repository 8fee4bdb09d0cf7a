/** One request to a webhook: what was sent, and what came back each time. */
import { answerText, type StoriedAttempt, type WebhookRequestStory } from '../../../manage/webhook-history.ts'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Facts } from '../ui/facts.tsx'
import { Action } from '../ui/form.tsx'
import { Badge } from '../ui/status.tsx'
import { FullTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { BackTo, RequestState } from './history-page.tsx'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly href: string
  readonly webhook: string
  readonly request: WebhookRequestStory
}

export const RequestPage = ({ view, server, href, webhook, request }: Props) => (
  <ServerPage view={view} server={server} section="webhooks" title={request.event}>
    <div class="page-head">
      <div>
        <BackTo href={`${server.href}/webhooks/requests`} label="Requests" />
        <h1>{request.event}</h1>
      </div>
      <RequestState state={request.state} />
    </div>
    <div class="panels">
      <section class="panel">
        <Facts
          facts={[
            { name: 'Webhook', value: webhook },
            { name: 'Made', value: <FullTime at={request.createdAt} view={view} /> },
            { name: 'Next attempt', value: request.state === 'ready' ? <FullTime at={request.dueAt} view={view} /> : null },
            { name: 'UUID', value: <code>{request.uuid}</code> },
            {
              name: 'Message',
              value: request.messageId && <a href={`${server.href}/messages/${request.messageId}`}>{request.messageId}</a>,
            },
          ]}
        />
      </section>
      {server.writable && request.state !== 'claimed' && <Action view={view} action={`${href}/replay`} label="Send again" />}
      <section class="panel">
        <h2>Body</h2>
        <Text label="As sent on every attempt" text={request.body} />
      </section>
      {request.attempts.toReversed().map((attempt) => (
        <AttemptPanel attempt={attempt} view={view} />
      ))}
    </div>
  </ServerPage>
)

const AttemptPanel = ({ attempt, view }: { attempt: StoriedAttempt; view: View }) => (
  <section class="panel">
    <h2>Attempt {attempt.attempt}</h2>
    <div class="panels">
      <p>
        <Badge tone={attempt.statusCode >= 200 && attempt.statusCode < 300 ? 'good' : 'bad'} label={answerText(attempt)} />{' '}
        <span class="quiet">
          <FullTime at={attempt.createdAt} view={view} /> · {attempt.ms} ms{attempt.willRetry ? ' · tried again later' : ''}
        </span>
      </p>
      <Text label={`POST ${attempt.url}`} text={linesOf(attempt.requestHeaders)} />
      <Text label="Headers of the answer" text={linesOf(attempt.responseHeaders)} />
      {attempt.statusCode > 0 && <Text label="Answer" text={attempt.responseBody} />}
    </div>
  </section>
)

const linesOf = (headers: StoriedAttempt['requestHeaders']): string =>
  (headers ?? []).map(([name, value]) => `${name}: ${value}`).join('\n')

/** Nothing for nothing. */
const Text = ({ label, text }: { label: string; text: string }) =>
  text === '' ? null : (
    <figure class="output">
      <figcaption>{label}</figcaption>
      <pre tabindex={0}>{text}</pre>
    </figure>
  )
