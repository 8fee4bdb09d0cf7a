/** The form that adds a webhook. */
import { WEBHOOK_EVENTS } from '../../../domain/webhook-events.ts'
import { Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import type { View } from '../ui/view.ts'

/** As typed. */
export type WebhookFields = {
  readonly name: string
  readonly url: string
  readonly events: readonly string[]
  readonly postalSignatures: boolean
}

const BLANK: WebhookFields = { name: '', url: '', events: [], postalSignatures: true }

type Props = {
  readonly view: View
  readonly action: string
  readonly fields: WebhookFields | undefined
  readonly mistake: Mistake | undefined
}

export const WebhookForm = ({ view, action, fields = BLANK, mistake }: Props) => (
  <section class="panel form-panel">
    <h2>Add a webhook</h2>
    {mistake && !['name', 'url'].includes(mistake.field ?? '') && <FormMistake mistake={mistake} />}
    <form method="post" action={action} class="form">
      <FormToken view={view} />
      <Field
        name="name"
        label="Name"
        mistake={mistake}
        control={(ids) => <input {...ids} type="text" name="name" value={fields.name} required maxlength={255} autocomplete="off" />}
      />
      <Field
        name="url"
        label="URL"
        hint="Requests are signed. Addresses inside private networks are refused unless the installation allows them."
        mistake={mistake}
        control={(ids) => (
          <input {...ids} type="url" name="url" value={fields.url} placeholder="https://" required maxlength={2000} autocomplete="off" />
        )}
      />
      <fieldset class="ticks">
        <legend>Events</legend>
        <p class="field-hint">With none ticked it gets the ten that Postal knows.</p>
        {WEBHOOK_EVENTS.map((event) => (
          <label class="tick">
            <input type="checkbox" name="events" value={event} checked={fields.events.includes(event)} />
            {event}
          </label>
        ))}
      </fieldset>
      <label class="tick">
        <input type="checkbox" name="postal_signatures" value="yes" checked={fields.postalSignatures} />
        Sign as Postal does too, for receivers that check X-Postal-Signature. All requests are signed by the webhook’s own secret.
      </label>
      <button class="button button-main" type="submit">
        Add webhook
      </button>
    </form>
  </section>
)
