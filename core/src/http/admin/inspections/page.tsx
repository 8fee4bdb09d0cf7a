/** Inspects a mail that somebody brings: the form, and below it what the mail is. */
import type { MailInspection } from '../../../manage/inspect.ts'
import { Report, verdictFacts } from '../messages/inspection.tsx'
import { KIND_LABELS } from '../messages/report-kinds.ts'
import { Tick } from '../ui/choice.tsx'
import { Facts } from '../ui/facts.tsx'
import { Field, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import { Page } from '../ui/page.tsx'
import { sizeText } from '../ui/size.ts'
import type { View } from '../ui/view.ts'
import { ADDRESS_LENGTH_MAX, type InspectionFields } from './upload.ts'

type Inspected = {
  readonly inspection: MailInspection
  readonly fileName: string | null
  readonly bytes: number
  readonly offline: boolean
}

type Props = {
  readonly view: View
  readonly bytesMax: number
  readonly fields: InspectionFields
  readonly mistake?: Mistake
  readonly inspected?: Inspected
}

const TITLE = 'Inspect a mail'

export const InspectPage = ({ inspected, ...form }: Props) => (
  <Page view={form.view} title={inspected ? `${KIND_LABELS[inspected.inspection.kind]}: ${TITLE}` : TITLE}>
    <div class="page-head">
      <h1>{TITLE}</h1>
    </div>
    <p class="page-lead">
      Says of any mail whether it is a bounce, a delay notice, a complaint, an automatic reply or none of these, about whom and why, and who
      sent it. Nothing is stored.
    </p>
    <InspectForm {...form} />
    {inspected && <Result {...inspected} />}
  </Page>
)

const FIELDS = ['file', 'source', 'mail_from', 'rcpt_to']

const InspectForm = ({ view, bytesMax, fields, mistake }: Omit<Props, 'inspected'>) => (
  <section class="panel inspect-form">
    {mistake && !FIELDS.includes(mistake.field ?? '') && <FormMistake mistake={mistake} />}
    <form method="post" action="/inspections#result" enctype="multipart/form-data" class="form">
      <FormToken view={view} />
      <Field
        name="file"
        label="A file"
        hint={`A mail as it was saved, such as mail.eml, of at most ${sizeText(bytesMax)}`}
        mistake={mistake}
        control={(ids) => (
          <input {...ids} type="file" name="file" data-bytes-max={bytesMax} data-too-large={`Larger than ${sizeText(bytesMax)}.`} />
        )}
      />
      <Field
        name="source"
        label="Or its source"
        hint="Headers first, as “show original” or “view source” gives it. When a file is chosen too, the file is inspected."
        mistake={mistake}
        control={(ids) => (
          <textarea {...ids} name="source" rows={6} class="source" spellcheck={false} autocomplete="off" autocapitalize="none">
            {`\n${fields.source}`}
          </textarea>
        )}
      />
      <Envelope fields={fields} mistake={mistake} />
      <button class="button button-main" type="submit">
        Inspect
      </button>
    </form>
  </section>
)

type EnvelopeProps = { readonly fields: InspectionFields; readonly mistake: Mistake | undefined }

const Envelope = ({ fields, mistake }: EnvelopeProps) => (
  <details class="search-more inspect-more" open={Boolean(fields.mailFrom || fields.rcptTo || fields.offline)}>
    <summary>Envelope and look-ups</summary>
    <div class="inspect-envelope">
      <Address
        name="mail_from"
        label="Envelope sender"
        hint="SPF is asked about it, when it is known"
        value={fields.mailFrom}
        mistake={mistake}
      />
      <Address
        name="rcpt_to"
        label="Envelope recipient"
        hint="May name the mail that a bounce is about"
        value={fields.rcptTo}
        mistake={mistake}
      />
      <Tick name="offline" checked={fields.offline} label="Do not look up SPF, DKIM, DMARC and ARC" />
    </div>
  </details>
)

type AddressProps = Pick<EnvelopeProps, 'mistake'> & {
  readonly name: string
  readonly label: string
  readonly hint: string
  readonly value: string
}

const Address = ({ name, label, hint, value, mistake }: AddressProps) => (
  <Field
    name={name}
    label={label}
    hint={hint}
    mistake={mistake}
    control={(ids) => (
      <input
        {...ids}
        type="text"
        inputmode="email"
        name={name}
        value={value}
        maxlength={ADDRESS_LENGTH_MAX}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
    )}
  />
)

/** The form leads here, so whoever listens begins with it. */
const Result = ({ inspection, fileName, bytes, offline }: Inspected) => (
  <section class="panel inspected facts-beside" id="result" tabindex={-1} aria-labelledby="result-title">
    <h2 id="result-title">What it is</h2>
    <p class="quiet">
      <bdi>{fileName ?? 'The pasted source'}</bdi>, {sizeText(bytes)}
    </p>
    <Report report={inspection} />
    <h3>Who sent it</h3>
    {offline ? <p class="quiet">Not looked up.</p> : <Facts facts={verdictFacts(inspection.authentication)} />}
  </section>
)
