/** The settings of a credential; its key stays as it is. */
import type { Credential } from '../../../store/credentials.ts'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import type { View } from '../ui/view.ts'
import { CallsField, TYPE_LABELS } from './form.tsx'

/** As typed. */
export type EditFields = { readonly name: string; readonly hold: boolean; readonly callsPerMinute: string }

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly href: string
  readonly type: Credential['type']
  readonly fields: EditFields
  readonly mistake?: Mistake | undefined
}

export const EditPage = ({ view, server, href, type, fields, mistake }: Props) => (
  <ServerPage view={view} server={server} section="credentials" title="Edit credential">
    <div class="page-head">
      <div>
        <p class="message-back">
          <a href={`${server.href}/credentials`}>
            <Icon name="back" />
            Credentials
          </a>
        </p>
        <h1>{TYPE_LABELS[type]} credential</h1>
      </div>
    </div>
    <section class="panel form-panel">
      {mistake && !['name', 'callsPerMinute'].includes(mistake.field ?? '') && <FormMistake mistake={mistake} />}
      <form method="post" action={`${href}/settings`} class="form">
        <FormToken view={view} />
        <Field
          name="name"
          label="Name"
          mistake={mistake}
          control={(ids) => <input {...ids} type="text" name="name" value={fields.name} required maxlength={255} autocomplete="off" />}
        />
        {type === 'api' && <CallsField value={fields.callsPerMinute} mistake={mistake} />}
        <label class="tick">
          <input type="checkbox" name="hold" value="yes" checked={fields.hold} />
          Hold everything that is sent with it, for trying things out
        </label>
        <button class="button button-main" type="submit">
          Save
        </button>
      </form>
    </section>
  </ServerPage>
)
