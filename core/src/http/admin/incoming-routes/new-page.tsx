/** Adds a route, or says what has to come first. */
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import type { Mistake } from '../ui/form.tsx'
import type { View } from '../ui/view.ts'
import type { RouteChoices, RouteFields } from './fields.ts'
import { RouteForm } from './form.tsx'
import { RouteHead } from './show-page.tsx'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly fields: RouteFields
  readonly choices: RouteChoices
  readonly mistake?: Mistake | undefined
}

export const NewRoutePage = ({ view, server, fields, choices, mistake }: Props) => (
  <ServerPage view={view} server={server} section="routes" title="Add a route">
    <RouteHead server={server} title="Add a route" />
    {choices.domains.length === 0 && (
      <p class="notice notice-hold">
        <span>
          <strong>No verified domain yet:</strong> <a href={`${server.href}/domains`}>verify the one</a> whose addresses are to take mail.
        </span>
      </p>
    )}
    {choices.endpoints.length === 0 && (
      <p class="notice notice-hold">
        <span>
          <strong>No endpoint yet:</strong> <a href={`${server.href}/endpoints`}>add one</a> to have mail handed on. Without one it can be
          kept, held, bounced or refused.
        </span>
      </p>
    )}
    <section class="panel form-panel">
      <RouteForm view={view} action={`${server.href}/routes`} button="Add route" fields={fields} choices={choices} mistake={mistake} />
    </section>
  </ServerPage>
)
