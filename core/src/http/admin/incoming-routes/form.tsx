/** The form of a route, new or known. */
import { labelOf } from '../../../manage/endpoint-list.ts'
import { endpointGroups } from '../endpoints/groups.ts'
import { Choice, Tick } from '../ui/choice.tsx'
import { Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import type { View } from '../ui/view.ts'
import type { MODES, RouteChoices, RouteFields } from './fields.ts'

export const MODE_LABELS = {
  accept: 'Keep it here, and hand it to nobody',
  hold: 'Hold it until somebody decides',
  bounce: 'Accept it, and bounce it to its sender',
  reject: 'Refuse it at the door',
} as const satisfies Record<(typeof MODES)[number], string>

export const SPAM_LABELS = { mark: 'Mark it and go on', quarantine: 'Hold it', fail: 'Let it fail' } as const

const FIELDS = ['name', 'domainId', 'endpoint', 'additionalEndpoints', 'spamMode']

type Props = {
  readonly view: View
  readonly action: string
  readonly button: string
  readonly fields: RouteFields
  readonly choices: RouteChoices
  readonly mistake: Mistake | undefined
}

export function RouteForm({ view, action, button, fields, choices, mistake: given }: Props) {
  const mistake = given?.field === 'mode' ? { ...given, field: 'endpoint' } : given
  return (
    <form method="post" action={action} class="form">
      {mistake && !FIELDS.includes(mistake.field ?? '') && <FormMistake mistake={mistake} />}
      <FormToken view={view} />
      <Address fields={fields} choices={choices} mistake={mistake} />
      <Choice
        name="endpoint"
        label="Its mail goes to"
        value={fields.endpoint}
        options={fields.endpoint === '' ? { '': 'Choose …' } : {}}
        groups={[...endpointGroups(choices.endpoints), { label: 'No endpoint', options: MODE_LABELS }]}
        mistake={mistake}
      />
      {choices.endpoints.length > 1 && <Copies fields={fields} choices={choices} mistake={mistake} />}
      <Choice name="spamMode" label="What of spam" value={fields.spamMode} options={SPAM_LABELS} mistake={mistake} />
      <button class="button button-main" type="submit">
        {button}
      </button>
    </form>
  )
}

type PartProps = Pick<Props, 'fields' | 'choices' | 'mistake'>

const Address = ({ fields, choices, mistake }: PartProps) => (
  <div class="address-boxes">
    <Field
      name="name"
      label="Address"
      hint="The part before the @. Tags such as help+7 come along. A * takes what no other route of the domain takes."
      mistake={mistake}
      control={(ids) => (
        <input
          {...ids}
          type="text"
          name="name"
          value={fields.name}
          maxlength={64}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
      )}
    />
    <Choice
      name="domainId"
      label="At the domain"
      value={fields.domainId}
      options={{
        ...Object.fromEntries(choices.domains.map(({ uuid, name }) => [uuid, `@${name}`])),
        '': 'None: the return path',
      }}
      mistake={mistake}
    />
  </div>
)

const Copies = ({ fields, choices, mistake }: PartProps) => (
  <fieldset class="ticks" aria-describedby="copies-hint">
    <legend>And a copy to</legend>
    <p class="field-hint" id="copies-hint">
      Each copy is a message of its own, with attempts of its own.
    </p>
    {choices.endpoints.map((endpoint) => (
      <Tick
        name="additionalEndpoints"
        value={endpoint.uuid}
        checked={fields.additionalEndpoints.includes(endpoint.uuid)}
        label={labelOf(endpoint)}
      />
    ))}
    {mistake?.field === 'additionalEndpoints' && <p class="field-mistake">{mistake.message}</p>}
  </fieldset>
)
