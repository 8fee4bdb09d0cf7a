/** Parts of forms that are chosen instead of typed. */
import { Field, type Mistake } from './form.tsx'

/** Values with what they are called. */
export type Options = Readonly<Record<string, string>>

type ChoiceProps = {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly options: Options
  /** More of them, under headings. */
  readonly groups?: readonly { readonly label: string; readonly options: Options }[]
  readonly mistake: Mistake | undefined
}

export const Choice = ({ name, label, hint, value, options, groups = [], mistake }: ChoiceProps) => (
  <Field
    name={name}
    label={label}
    {...(hint === undefined ? {} : { hint })}
    mistake={mistake}
    control={(ids) => (
      <select {...ids} name={name}>
        <OptionList options={options} value={value} />
        {groups.map((group) => (
          <optgroup label={group.label}>
            <OptionList options={group.options} value={value} />
          </optgroup>
        ))}
      </select>
    )}
  />
)

const OptionList = ({ options, value }: { options: Options; value: string }) => (
  <>
    {Object.entries(options).map(([option, text]) => (
      <option value={option} selected={option === value}>
        {text}
      </option>
    ))}
  </>
)

type TickProps = { readonly name: string; readonly value?: string; readonly checked: boolean; readonly label: string }

export const Tick = ({ name, value = 'yes', checked, label }: TickProps) => (
  <label class="tick">
    <input type="checkbox" name={name} value={value} checked={checked} />
    {label}
  </label>
)
