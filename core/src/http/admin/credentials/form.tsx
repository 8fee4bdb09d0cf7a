/** The form that creates a credential. */
import { Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import type { View } from '../ui/view.ts'

export const TYPE_LABELS = { smtp: 'SMTP', api: 'API', smtp_ip: 'SMTP by address' } as const

/** As typed. */
export type CredentialFields = {
  readonly type: string
  readonly name: string
  readonly network: string
  readonly callsPerMinute: string
  readonly hold: boolean
}

const BLANK: CredentialFields = { type: 'smtp', name: '', network: '', callsPerMinute: '', hold: false }

type Props = {
  readonly view: View
  readonly action: string
  readonly fields: CredentialFields | undefined
  readonly mistake: Mistake | undefined
}

const FIELDS = ['type', 'name', 'network', 'callsPerMinute']

export const CredentialForm = ({ view, action, fields = BLANK, mistake }: Props) => (
  <section class="panel form-panel">
    <h2>Create a credential</h2>
    {mistake && !FIELDS.includes(mistake.field ?? '') && <FormMistake mistake={mistake} />}
    <form method="post" action={action} class="form">
      <FormToken view={view} />
      <Field
        name="type"
        label="Kind"
        mistake={mistake}
        control={(ids) => (
          <select {...ids} name="type">
            {Object.entries(TYPE_LABELS).map(([type, label]) => (
              <option value={type} selected={type === fields.type}>
                {label}
              </option>
            ))}
          </select>
        )}
      />
      <Field
        name="name"
        label="Name"
        hint="Who uses it, such as: Shop, checkout"
        mistake={mistake}
        control={(ids) => <input {...ids} type="text" name="name" value={fields.name} required maxlength={255} autocomplete="off" />}
      />
      <Field
        name="network"
        label="Address or network"
        hint="Only for SMTP by address, such as 192.0.2.7 or 192.0.2.0/28"
        mistake={mistake}
        control={(ids) => (
          <input {...ids} type="text" name="network" value={fields.network} maxlength={64} autocomplete="off" spellcheck={false} />
        )}
      />
      <CallsField value={fields.callsPerMinute} mistake={mistake} />
      <label class="tick">
        <input type="checkbox" name="hold" value="yes" checked={fields.hold} />
        Hold everything that is sent with it, for trying things out
      </label>
      <button class="button button-main" type="submit">
        Create credential
      </button>
    </form>
  </section>
)

export const CallsField = ({ value, mistake }: { value: string; mistake: Mistake | undefined }) => (
  <Field
    name="callsPerMinute"
    label="API calls a minute"
    hint="Only for the API. More are refused until the minute is over; with nothing here there is no limit."
    mistake={mistake}
    control={(ids) => <input {...ids} type="number" name="callsPerMinute" value={value} min={1} max={1_000_000} step={1} />}
  />
)
