/** Adds an endpoint, or changes one. */
import type { ListedEndpoint } from '../../../manage/endpoint-list.ts'
import { countOf, RoutesOf, type UsedBy } from '../incoming-routes/used-by.tsx'
import { type ServerFrame, ServerPage } from '../mail-servers/frame.tsx'
import { Choice } from '../ui/choice.tsx'
import { Action, Danger, FormMistake, FormToken, type Mistake } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import type { View } from '../ui/view.ts'
import type { EndpointFields } from './fields.ts'
import { EndpointBoxes } from './form.tsx'
import { endpointGroups } from './groups.ts'
import { TYPE_LABELS } from './list-page.tsx'

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly fields: EndpointFields
  /** Of the endpoint; null for one that is to be added. */
  readonly href: string | null
  /** How many secrets sign; null where nothing is signed. */
  readonly secrets?: number | null
  /** Null for one that is to be added. */
  readonly used: UsedBy | null
  /** That may take its place. */
  readonly others?: readonly ListedEndpoint[]
  /** Which of them is chosen; empty for none. */
  readonly replaceBy?: string
  readonly mistake?: Mistake | undefined
}

export function EndpointPage({ view, server, fields, href, secrets = null, used, others = [], replaceBy = '', mistake }: Props) {
  const title = href === null ? `Add an endpoint: ${TYPE_LABELS[fields.type]}` : fields.type === 'address' ? fields.address : fields.name
  const beside = mistake?.field !== undefined && (mistake.field in fields || ['password', 'replaceBy'].includes(mistake.field))
  return (
    <ServerPage view={view} server={server} section="endpoints" title={title || 'Endpoint'}>
      <div class="page-head">
        <div>
          <p class="message-back">
            <a href={`${server.href}/endpoints`}>
              <Icon name="back" />
              Endpoints
            </a>
          </p>
          <h1>{title || 'Endpoint'}</h1>
        </div>
      </div>
      <section class="panel form-panel">
        {mistake && !beside && <FormMistake mistake={mistake} />}
        <form method="post" action={href === null ? `${server.href}/endpoints/new/${fields.type}` : `${href}/settings`} class="form">
          <FormToken view={view} />
          <EndpointBoxes fields={fields} mistake={mistake} created={href !== null} />
          <button class="button button-main" type="submit">
            {href === null ? 'Add endpoint' : 'Save'}
          </button>
          {href !== null && <p class="quiet">Mail that waits follows.</p>}
        </form>
      </section>
      {href !== null && secrets !== null && <SigningSecret view={view} href={href} secrets={secrets} />}
      {href !== null && used !== null && (
        <RoutesOf
          used={used}
          title="Routes that lead here"
          none="No route leads here yet."
          serverHref={server.href}
          addHref={`${server.href}/routes/new?endpoint=${href.slice(href.lastIndexOf('/') + 1)}`}
        />
      )}
      {href !== null && used !== null && (
        <Removal view={view} href={href} used={used} others={others} replaceBy={replaceBy} mistake={mistake} />
      )}
    </ServerPage>
  )
}

type RemovalProps = Pick<Props, 'view' | 'mistake'> &
  Required<Pick<Props, 'others' | 'replaceBy'>> & { readonly href: string; readonly used: UsedBy }

const Removal = ({ view, href, used, others, replaceBy, mistake }: RemovalProps) => (
  <Danger summary="Remove" open={mistake?.field === 'replaceBy'}>
    <p>
      {used.routes.length === 0
        ? 'No route leads here.'
        : `${countOf(used)} ${used.routes.length === 1 ? 'leads' : 'lead'} here. ${WITHOUT}`}
    </p>
    <form method="post" action={`${href}/removal`} class="form">
      <FormToken view={view} />
      {((used.routes.length > 0 && others.length > 0) || mistake?.field === 'replaceBy') && (
        <Choice
          name="replaceBy"
          label="In its place"
          hint="Routes lead there from then on, and mail that waits follows."
          value={replaceBy}
          options={{ '': 'None' }}
          groups={endpointGroups(others)}
          mistake={mistake}
        />
      )}
      <button class="button button-danger" type="submit">
        Remove endpoint
      </button>
    </form>
  </Danger>
)

const WITHOUT =
  'Unless another takes its place, a route whose own endpoint this is refuses its mail from then on, and any other sends no copy here.'

const SigningSecret = ({ view, href, secrets }: { view: View; href: string; secrets: number }) => (
  <section class="panel form-panel">
    <h2>Signing secret</h2>
    <p>
      {secrets === 0
        ? 'None yet: requests carry Postal’s signatures only.'
        : 'With it your application proves that a request comes from here.'}
    </p>
    {secrets > 1 && <p>It was replaced: the former one signs too, until you retire it.</p>}
    <div class="row-actions">
      {secrets > 0 && <Action view={view} action={`${href}/secret`} label="Show secret" />}
      {secrets > 1 ? (
        <Action view={view} action={`${href}/secret/retirement`} label="Retire former secret" />
      ) : (
        <Action view={view} action={`${href}/secret/replacement`} label={secrets === 0 ? 'Make a secret' : 'Replace secret'} />
      )}
    </div>
  </section>
)
