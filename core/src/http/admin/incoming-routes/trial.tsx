/** Tries an address out: what would happen to a mail for it. */
import type { RouteTrial } from '../../../manage/route-trial.ts'
import { Field, type Mistake } from '../ui/form.tsx'
import { Badge, type Tone } from '../ui/status.tsx'

export type TriedAddress = { readonly address: string; readonly trial?: RouteTrial; readonly mistake?: Mistake }

type Props = { readonly action: string; readonly tried: TriedAddress | null }

export const TrialPanel = ({ action, tried }: Props) => (
  <section class="panel form-panel" id="trial">
    <h2>What would happen to a mail?</h2>
    <form method="get" action={`${action}#trial`} class="form form-line">
      <Field
        name="address"
        label="Sent to"
        mistake={tried?.mistake}
        control={(ids) => (
          <input
            {...ids}
            type="text"
            inputmode="email"
            name="address"
            value={tried?.address ?? ''}
            required
            maxlength={320}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
        )}
      />
      <button class="button button-plain" type="submit">
        Try it
      </button>
    </form>
    {tried?.trial && <TrialResult trial={tried.trial} />}
  </section>
)

const OUTCOMES: Readonly<Record<RouteTrial['outcome'], { label: string; tone: Tone }>> = {
  accepted: { label: 'Accepted', tone: 'good' },
  refused: { label: 'Refused', tone: 'bad' },
  elsewhere: { label: 'Not for this mail server', tone: 'warn' },
}

const TrialResult = ({ trial }: { trial: RouteTrial }) => (
  <div class="trial" role="status">
    <p>
      <Badge {...OUTCOMES[trial.outcome]} />{' '}
      <strong>
        <bdi>{trial.address}</bdi>
      </strong>
    </p>
    <ol class="steps">
      {trial.steps.map((step) => (
        <li>{step}</li>
      ))}
    </ol>
  </div>
)
