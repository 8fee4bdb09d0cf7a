/** The forms of pools and of their addresses. */
import { Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import type { View } from '../ui/view.ts'

/** As typed. */
export type PoolFields = { readonly name: string; readonly isDefault: boolean }
export type AddressFields = {
  readonly ipv4: string
  readonly ipv6: string
  readonly hostname: string
  readonly priority: string
  readonly warmUp: boolean
  /** Id of the pool that it is in, or to be moved to. */
  readonly pool: string
}

const BLANK_POOL: PoolFields = { name: '', isDefault: false }
const BLANK_ADDRESS: AddressFields = { ipv4: '', ipv6: '', hostname: '', priority: '100', warmUp: false, pool: '' }

type FormProps<Fields> = {
  readonly view: View
  readonly action: string
  readonly title: string
  readonly button: string
  readonly fields: Fields | undefined
  readonly mistake: Mistake | undefined
}

export const PoolForm = ({ view, action, title, button, fields = BLANK_POOL, mistake }: FormProps<PoolFields>) => (
  <section class="panel form-panel">
    <h2>{title}</h2>
    {mistake && mistake.field !== 'name' && <FormMistake mistake={mistake} />}
    <form method="post" action={action} class="form">
      <FormToken view={view} />
      <Field
        name="name"
        label="Name"
        hint="Such as Transactional, or Newsletters"
        mistake={mistake}
        control={(ids) => <input {...ids} type="text" name="name" value={fields.name} required maxlength={255} autocomplete="off" />}
      />
      <label class="tick">
        <input type="checkbox" name="default" value="yes" checked={fields.isDefault} />
        New organizations and their mail servers get it
      </label>
      <button class="button button-main" type="submit">
        {button}
      </button>
    </form>
  </section>
)

const ADDRESS_FIELDS = ['ipv4', 'ipv6', 'hostname', 'priority']

type AddressFormProps = FormProps<AddressFields> & {
  /** To move it to; empty while it is new. */
  readonly pools: readonly { readonly id: number; readonly name: string }[]
}

export const AddressForm = ({ view, action, title, button, fields = BLANK_ADDRESS, mistake, pools }: AddressFormProps) => (
  <section class="panel form-panel">
    <h2>{title}</h2>
    {mistake && !ADDRESS_FIELDS.includes(mistake.field ?? '') && <FormMistake mistake={mistake} />}
    <form method="post" action={action} class="form">
      <FormToken view={view} />
      <AddressInputs fields={fields} mistake={mistake} />
      {pools.length > 0 ? (
        <Field
          name="pool"
          label="Pool"
          control={(ids) => (
            <select {...ids} name="pool">
              {pools.map(({ id, name }) => (
                <option value={String(id)} selected={String(id) === fields.pool}>
                  {name}
                </option>
              ))}
            </select>
          )}
        />
      ) : (
        <label class="tick">
          <input type="checkbox" name="warm_up" value="yes" checked={fields.warmUp} />
          Warm it up: nobody knows it yet, so it begins with little mail
        </label>
      )}
      <button class="button button-main" type="submit">
        {button}
      </button>
    </form>
  </section>
)

const AddressInputs = ({ fields, mistake }: { fields: AddressFields; mistake: Mistake | undefined }) => (
  <>
    <Field
      name="ipv4"
      label="IPv4 address"
      hint="One that a machine with a worker has"
      mistake={mistake}
      control={(ids) => <input {...ids} type="text" name="ipv4" value={fields.ipv4} required maxlength={15} autocomplete="off" />}
    />
    <Field
      name="ipv6"
      label="IPv6 address"
      hint="For hosts that have one; may be left empty"
      mistake={mistake}
      control={(ids) => <input {...ids} type="text" name="ipv6" value={fields.ipv6} maxlength={45} autocomplete="off" />}
    />
    <Field
      name="hostname"
      label="Name it greets with"
      hint="As in the address's PTR record, such as mta1.example.com"
      mistake={mistake}
      control={(ids) => <input {...ids} type="text" name="hostname" value={fields.hostname} required maxlength={253} autocomplete="off" />}
    />
    <Field
      name="priority"
      label="Priority"
      hint="Its share beside the others: 50 beside 100 is a third. 0 is only for when the others cannot"
      mistake={mistake}
      control={(ids) => <input {...ids} type="number" name="priority" value={fields.priority} min="0" max="100" required />}
    />
  </>
)
