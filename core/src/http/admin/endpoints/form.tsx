/** The boxes of an endpoint's form, by its type. */
import type { SMTP_PROTOCOLS, TLS_MODES } from '../../../store/schema/routes.ts'
import { Choice, Tick } from '../ui/choice.tsx'
import { Field, type Mistake } from '../ui/form.tsx'
import type { AddressFields, EndpointFields, HttpFields, SmtpFields } from './fields.ts'

type Props<F> = { readonly fields: F; readonly mistake: Mistake | undefined; readonly created: boolean }

export function EndpointBoxes({ fields, ...rest }: Props<EndpointFields>) {
  if (fields.type === 'http') return <HttpBoxes fields={fields} {...rest} />
  if (fields.type === 'smtp') return <SmtpBoxes fields={fields} {...rest} />
  return <AddressBox fields={fields} {...rest} />
}

const HttpBoxes = ({ fields, mistake }: Props<HttpFields>) => (
  <>
    <Name fields={fields} mistake={mistake} />
    <Field
      name="url"
      label="URL"
      hint="A user and password in it become Basic authentication."
      mistake={mistake}
      control={(ids) => (
        <input {...ids} type="url" name="url" value={fields.url} placeholder="https://" required maxlength={2000} autocomplete="off" />
      )}
    />
    <Choice
      name="format"
      label="Format"
      value={fields.format}
      options={{ processed: 'Read for you', raw: 'The raw mail' }}
      mistake={mistake}
    />
    <Choice name="encoding" label="Encoding" value={fields.encoding} options={{ json: 'JSON', form: 'A form' }} mistake={mistake} />
    <Field
      name="timeoutSeconds"
      label="Seconds to answer"
      mistake={mistake}
      control={(ids) => <input {...ids} type="number" name="timeoutSeconds" value={fields.timeoutSeconds} min="5" max="60" required />}
    />
    <Tick name="stripReplies" checked={fields.stripReplies} label="Cut off what a reply quotes" />
    <Tick name="includeAttachments" checked={fields.includeAttachments} label="Send attachments along" />
    <Tick
      name="postalSignatures"
      checked={fields.postalSignatures}
      label="Sign as Postal does too, for receivers that check X-Postal-Signature. The endpoint’s own secret signs all requests."
    />
  </>
)

const PROTOCOL_LABELS = { smtp: 'SMTP', lmtp: 'LMTP, for mail stores' } as const satisfies Record<(typeof SMTP_PROTOCOLS)[number], string>
const TLS_LABELS = {
  none: 'None',
  auto: 'When it is offered',
  starttls: 'STARTTLS, with a valid certificate',
  tls: 'From the start, with a valid certificate',
} as const satisfies Record<(typeof TLS_MODES)[number], string>

const SmtpBoxes = ({ fields, mistake, created }: Props<SmtpFields>) => (
  <>
    <Name fields={fields} mistake={mistake} />
    <Choice name="protocol" label="Protocol" value={fields.protocol} options={PROTOCOL_LABELS} mistake={mistake} />
    <Field
      name="hostname"
      label="Host"
      mistake={mistake}
      control={(ids) => (
        <input
          {...ids}
          type="text"
          name="hostname"
          value={fields.hostname}
          required
          maxlength={253}
          autocomplete="off"
          spellcheck={false}
        />
      )}
    />
    <Field
      name="port"
      label="Port"
      hint="Empty for 25, or 24 for LMTP"
      mistake={mistake}
      control={(ids) => <input {...ids} type="number" name="port" value={fields.port} min="1" max="65535" />}
    />
    <Choice name="tlsMode" label="TLS" value={fields.tlsMode} options={TLS_LABELS} mistake={mistake} />
    <Field
      name="username"
      label="User"
      hint="Empty to log in no more"
      mistake={mistake}
      control={(ids) => (
        <input {...ids} type="text" name="username" value={fields.username} maxlength={255} autocomplete="off" spellcheck={false} />
      )}
    />
    <Field
      name="password"
      label="Password"
      hint={created ? 'Never shown again. Needed to change host, port, TLS or user; empty to keep it' : 'Never shown again'}
      mistake={mistake}
      control={(ids) => <input {...ids} type="password" name="password" value="" maxlength={1000} autocomplete="new-password" />}
    />
  </>
)

const AddressBox = ({ fields, mistake }: Props<AddressFields>) => (
  <Field
    name="address"
    label="Address"
    hint="Mail is forwarded there with our return path, so that bounces come back here."
    mistake={mistake}
    control={(ids) => (
      <input {...ids} type="text" inputmode="email" name="address" value={fields.address} required maxlength={320} autocomplete="off" />
    )}
  />
)

const Name = ({ fields, mistake }: { fields: { readonly name: string }; mistake: Mistake | undefined }) => (
  <Field
    name="name"
    label="Name"
    mistake={mistake}
    control={(ids) => <input {...ids} type="text" name="name" value={fields.name} required maxlength={255} autocomplete="off" />}
  />
)
