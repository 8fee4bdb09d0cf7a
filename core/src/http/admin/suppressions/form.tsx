/** The form that puts an address on the suppression list. */
import { Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import type { View } from '../ui/view.ts'

/** As typed. */
export type SuppressionFields = { readonly address: string; readonly reason: string; readonly days: string }

const BLANK: SuppressionFields = { address: '', reason: '', days: '' }

type Props = {
  readonly view: View
  readonly action: string
  readonly fields: SuppressionFields | undefined
  readonly mistake: Mistake | undefined
}

const FIELDS = ['address', 'reason', 'days']

export const SuppressionForm = ({ view, action, fields = BLANK, mistake }: Props) => (
  <section class="panel form-panel">
    <h2>Suppress an address</h2>
    {mistake && !FIELDS.includes(mistake.field ?? '') && <FormMistake mistake={mistake} />}
    <form method="post" action={action} class="form">
      <FormToken view={view} />
      <Field
        name="address"
        label="Address"
        mistake={mistake}
        control={(ids) => (
          <input {...ids} type="text" inputmode="email" name="address" value={fields.address} required maxlength={320} autocomplete="off" />
        )}
      />
      <Field
        name="reason"
        label="Reason"
        hint="For whoever looks at it later, such as: asked us by phone"
        mistake={mistake}
        control={(ids) => <input {...ids} type="text" name="reason" value={fields.reason} maxlength={255} autocomplete="off" />}
      />
      <Field
        name="days"
        label="Days"
        hint="Leave it empty for ever"
        mistake={mistake}
        control={(ids) => <input {...ids} type="number" name="days" value={fields.days} min="1" max="36500" />}
      />
      <button class="button button-main" type="submit">
        Suppress
      </button>
    </form>
  </section>
)
