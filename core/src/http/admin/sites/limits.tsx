/** Limits of sites: what holds until when and why, the button that lifts it, and the form that sets one. */
import type { SiteLimit } from '../../../store/site-limits.ts'
import { BY_HAND } from '../../../store/site-limits.ts'
import { Action, Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import { RelativeTime } from '../ui/time.tsx'
import type { View } from '../ui/view.ts'
import { number, siteHref, siteLabel } from './words.ts'

const WHAT: Readonly<Record<SiteLimit['kind'], (limit: SiteLimit) => string>> = {
  suspend: () => 'Nothing is sent',
  rate: ({ amount }) => `At most ${number(amount ?? 1)} messages a minute`,
  connections: ({ amount }) => (amount === 1 ? 'One connection at a time' : `At most ${number(amount ?? 1)} connections`),
  move: ({ ipPool }) => `Mail leaves from the pool ${ipPool}`,
}

export const limitText = (limit: SiteLimit): string =>
  `${WHAT[limit.kind](limit)}${limit.sourceIp === '' ? '' : `${limit.kind === 'move' ? ', not' : ''} from ${limit.sourceIp}`}`

type ListProps = {
  readonly view: View
  readonly limits: readonly SiteLimit[]
  /** On the site's own page its name says nothing new. */
  readonly named: boolean
}

export const LimitList = ({ view, limits, named }: ListProps) => (
  <ul class="rows">
    {limits.map((limit) => (
      <LimitItem view={view} limit={limit} named={named} />
    ))}
  </ul>
)

const LimitItem = ({ view, limit, named }: { view: View; limit: SiteLimit; named: boolean }) => (
  <li class="row limit">
    <div class="row-main">
      {named && (
        <a class="row-link" href={siteHref(limit.site)}>
          <bdi>{siteLabel(limit.site)}</bdi>
        </a>
      )}
      <span class={named ? '' : 'limit-what'}>
        {limitText(limit)}, ends <RelativeTime at={limit.until} view={view} />
      </span>
      <span class="quiet">
        {limit.rule === BY_HAND ? 'Set by hand' : `By the rule ${limit.rule}`}
        {limit.reply !== '' && (
          <>
            : <bdi>{limit.reply}</bdi>
          </>
        )}
      </span>
    </div>
    <Action
      view={view}
      action={`/sites/limits/${limit.id}/removal`}
      label="Lift"
      about={`the limit of ${siteLabel(limit.site)}: ${WHAT[limit.kind](limit)}`}
    >
      <input type="hidden" name="return_to" value={view.here} />
    </Action>
  </li>
)

/** As typed. */
export type LimitFields = { readonly kind: string; readonly amount: string; readonly minutes: string; readonly reason: string }
const BLANK: LimitFields = { kind: 'suspend', amount: '', minutes: '60', reason: '' }

const KINDS = [
  ['suspend', 'Send nothing'],
  ['rate', 'So many messages a minute'],
  ['connections', 'So many connections from each address'],
] as const

const TIMES = [
  ['15', '15 minutes'],
  ['60', 'an hour'],
  ['240', '4 hours'],
  ['1440', 'a day'],
  ['10080', 'a week'],
] as const

type FormProps = { readonly view: View; readonly site: string; readonly fields?: LimitFields; readonly mistake?: Mistake | undefined }

export const LimitForm = ({ view, site, fields = BLANK, mistake }: FormProps) => (
  <section class="panel form-panel">
    <h2>Set a limit</h2>
    <p class="quiet limit-about">It holds for all mail to this site, from all of our addresses, beside those that are in force.</p>
    {mistake && !['amount', 'reason'].includes(mistake.field ?? '') && <FormMistake mistake={mistake} />}
    <form method="post" action={`${siteHref(site)}/limits`} class="form">
      <FormToken view={view} />
      <Choice name="kind" label="What" options={KINDS} value={fields.kind} />
      <Field
        name="amount"
        label="How many"
        hint="Messages or connections; leave it empty to send nothing"
        mistake={mistake}
        control={(ids) => <input {...ids} type="number" name="amount" value={fields.amount} min="1" max="100000" />}
      />
      <Choice name="minutes" label="For" options={TIMES} value={fields.minutes} />
      <Field
        name="reason"
        label="Reason"
        hint="For those who find the limit later; may be left empty"
        mistake={mistake}
        control={(ids) => <input {...ids} type="text" name="reason" value={fields.reason} maxlength={200} autocomplete="off" />}
      />
      <button class="button button-main" type="submit">
        Set limit
      </button>
    </form>
  </section>
)

type ChoiceProps = {
  readonly name: string
  readonly label: string
  readonly options: readonly (readonly [string, string])[]
  readonly value: string
}

const Choice = ({ name, label, options, value }: ChoiceProps) => (
  <Field
    name={name}
    label={label}
    control={(ids) => (
      <select {...ids} name={name}>
        {options.map(([option, text]) => (
          <option value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    )}
  />
)
