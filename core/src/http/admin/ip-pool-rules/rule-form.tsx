/** The form of a rule that sends some mail from another pool. */
import { Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import type { View } from '../ui/view.ts'

/** As typed. */
export type RuleFields = { readonly from: string; readonly to: string; readonly pool: string; readonly server: string }
export type Choice = { readonly id: number; readonly name: string }

const BLANK: RuleFields = { from: '', to: '', pool: '', server: '' }
const FIELDS = ['from', 'to', 'ipPoolId']

type Props = {
  readonly view: View
  readonly action: string
  readonly title: string
  readonly button: string
  readonly pools: readonly Choice[]
  /** Whose mail it may be for; null when that stays as it is. */
  readonly servers: readonly Choice[] | null
  readonly fields: RuleFields | undefined
  readonly mistake: Mistake | undefined
}

export const RuleForm = ({ view, action, title, button, pools, servers, fields = BLANK, mistake }: Props) => (
  <section class="panel form-panel">
    <h2>{title}</h2>
    {mistake && !FIELDS.includes(mistake.field ?? '') && <FormMistake mistake={mistake} />}
    <form method="post" action={action} class="form">
      <FormToken view={view} />
      {servers && <Choices name="server" label="Mail of" choices={servers} chosen={fields.server} first="all mail servers" />}
      <Conditions name="from" label="Senders" value={fields.from} mistake={mistake} />
      <Conditions name="to" label="Recipients" value={fields.to} mistake={mistake} />
      <Choices name="ipPoolId" label="Leaves from" choices={pools} chosen={fields.pool} mistake={mistake} />
      <button class="button button-main" type="submit">
        {button}
      </button>
    </form>
  </section>
)

type ConditionsProps = { readonly name: string; readonly label: string; readonly value: string; readonly mistake: Mistake | undefined }

const Conditions = ({ name, label, value, mistake }: ConditionsProps) => (
  <Field
    name={name}
    label={label}
    hint="Addresses and domains, one a line. One of all in both lists has to apply."
    mistake={mistake}
    control={(ids) => (
      <textarea {...ids} name={name} rows={3} autocapitalize="none">
        {value}
      </textarea>
    )}
  />
)

type ChoicesProps = {
  readonly name: string
  readonly label: string
  readonly choices: readonly Choice[]
  readonly chosen: string
  readonly first?: string
  readonly mistake?: Mistake | undefined
}

const Choices = ({ name, label, choices, chosen, first, mistake }: ChoicesProps) => (
  <Field
    name={name}
    label={label}
    mistake={mistake}
    control={(ids) => (
      <select {...ids} name={name}>
        {first && <option value="">{first}</option>}
        {choices.map(({ id, name }) => (
          <option value={String(id)} selected={String(id) === chosen}>
            {name}
          </option>
        ))}
      </select>
    )}
  />
)
