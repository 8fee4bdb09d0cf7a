/** The form that adds a domain. */
import { Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import type { View } from '../ui/view.ts'

type Props = { readonly view: View; readonly action: string; readonly name: string; readonly mistake: Mistake | undefined }

export const DomainForm = ({ view, action, name, mistake }: Props) => (
  <section class="panel form-panel">
    <h2>Add a domain</h2>
    {mistake && mistake.field !== 'name' && <FormMistake mistake={mistake} />}
    <form method="post" action={action} class="form form-line">
      <FormToken view={view} />
      <Field
        name="name"
        label="Domain"
        hint="Such as example.com or mail.example.com"
        mistake={mistake}
        control={(ids) => (
          <input
            {...ids}
            type="text"
            name="name"
            value={name}
            required
            maxlength={255}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
        )}
      />
      <button class="button button-main" type="submit">
        Add domain
      </button>
    </form>
  </section>
)
