/** The boxes of tracking domains: what a new one is called, and what is tracked. */
import { Choice, Tick } from '../ui/choice.tsx'
import { Field, type Mistake } from '../ui/form.tsx'
import type { NewTrackingFields, TrackingSettings } from './fields.ts'

/** A domain that has none yet. */
export type FreeDomain = { readonly uuid: string; readonly name: string }

type NameProps = { readonly fields: NewTrackingFields; readonly domains: readonly FreeDomain[]; readonly mistake: Mistake | undefined }

export const NameBoxes = ({ fields, domains, mistake }: NameProps) => (
  <div class="address-boxes">
    <Field
      name="name"
      label="Name"
      hint="What links begin with, such as click"
      mistake={mistake}
      control={(ids) => (
        <input
          {...ids}
          type="text"
          name="name"
          value={fields.name}
          required
          maxlength={63}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
      )}
    />
    <Choice
      name="domainId"
      label="For mail from"
      value={fields.domainId}
      options={Object.fromEntries(domains.map(({ uuid, name }) => [uuid, name]))}
      mistake={mistake}
    />
  </div>
)

const LABELS = {
  trackOpens: 'Track opens',
  trackClicks: 'Track clicks',
  tls: 'Links begin with https: the host has a certificate',
  offerUnsubscribe: 'Offer one-click unsubscription, for newsletters and not for password resets',
} as const

type Props = { readonly settings: TrackingSettings; readonly mistake: Mistake | undefined }

export const SettingsBoxes = ({ settings, mistake }: Props) => (
  <>
    <div>
      <Tick name="trackOpens" checked={settings.trackOpens} label={LABELS.trackOpens} />
      <Tick name="trackClicks" checked={settings.trackClicks} label={LABELS.trackClicks} />
      <Tick name="tls" checked={settings.tls} label={LABELS.tls} />
      <Tick name="offerUnsubscribe" checked={settings.offerUnsubscribe} label={LABELS.offerUnsubscribe} />
    </div>
    <Field
      name="excludedClickDomains"
      label="Leave links to these hosts alone"
      hint="One on each line; *.example.com covers subdomains"
      mistake={mistake}
      control={(ids) => (
        <textarea {...ids} name="excludedClickDomains" rows={4} spellcheck={false}>
          {settings.excludedClickDomains}
        </textarea>
      )}
    />
  </>
)
