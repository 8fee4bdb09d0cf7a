/** Parts of forms: every field has a label, and its mistake stands beside it. */
import type { Child } from 'hono/jsx'
import { FORM_TOKEN_FIELD } from '../form-token.ts'
import { Icon } from './icon.tsx'
import type { View } from './view.ts'

/** What was wrong with a form; `field` is undefined when no single one is at fault. */
export type Mistake = { readonly field: string | undefined; readonly message: string }

export const FormToken = ({ view }: { view: Pick<View, 'formToken'> }) => (
  <input type="hidden" name={FORM_TOKEN_FIELD} value={view.formToken} />
)

type FieldProps = {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly mistake?: Mistake | undefined
  /** Gets the ids that tie it to label, hint and mistake. */
  readonly control: (ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: 'true' }) => Child
}

export function Field({ name, label, hint, mistake, control }: FieldProps) {
  const wrong = mistake?.field === name ? mistake.message : undefined
  const id = `field-${name}`
  const described = [hint && `${id}-hint`, wrong && `${id}-mistake`].filter(Boolean).join(' ')
  const ids = { id, ...(described ? { 'aria-describedby': described } : {}), ...(wrong ? { 'aria-invalid': 'true' as const } : {}) }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {control(ids)}
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {wrong && (
        <p class="field-mistake" id={`${id}-mistake`}>
          <Icon name="warning" />
          {wrong}
        </p>
      )}
    </div>
  )
}

/** Above a form that was refused. Read out at once. */
export function FormMistake({ mistake }: { mistake: Mistake | undefined }) {
  if (!mistake) return null
  return (
    <p class="notice notice-bad" role="alert">
      <Icon name="warning" />
      {mistake.message}
    </p>
  )
}

type ActionProps = {
  readonly view: View
  readonly action: string
  readonly label: string
  /** What it is done to, for those who do not see where it stands. */
  readonly about?: string
  readonly tone?: 'plain' | 'danger'
  readonly children?: Child
}

/** One button that does one thing. */
export const Action = ({ view, action, label, about, tone = 'plain', children }: ActionProps) => (
  <form method="post" action={action} class="action">
    <FormToken view={view} />
    {children}
    <button class={`button button-${tone}`} type="submit" {...(about ? { 'aria-label': `${label} ${about}` } : {})}>
      {label}
    </button>
  </form>
)

/** A danger that has to be opened first, so that one click does no harm. */
export const Danger = ({ summary, open = false, children }: { summary: string; open?: boolean; children?: Child }) => (
  <details class="danger" open={open}>
    <summary>{summary}</summary>
    <div class="danger-body">{children}</div>
  </details>
)
