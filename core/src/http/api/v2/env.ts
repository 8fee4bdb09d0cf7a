/** What API v2 is given, and what its requests carry once their caller is known. */
import type { Explaining } from '../../../delivery/explain.ts'
import type { Actor, Manage } from '../../../manage/context.ts'
import type { Inspector } from '../../../manage/inspector.ts'
import type { WithBody } from '../../body.ts'
import type { WebEnv } from '../../web-env.ts'
import type { Admit, Caller } from '../admission.ts'

export type ApiV2Deps = Pick<Explaining, 'smtpRelays' | 'tlsPolicies' | 'ownNames'> & {
  readonly admit: Admit
  /** For the verbs; who acts is the credential that calls. */
  readonly manage: Omit<Manage, 'actor'>
  readonly inspector: Pick<Inspector, 'inspect'>
  readonly withBody: WithBody
}

export type ApiEnv = { Bindings: WebEnv['Bindings']; Variables: WebEnv['Variables'] & { caller: Caller } }

type Asking = { readonly var: ApiEnv['Variables'] }

/** The verbs' context with the caller as its actor. */
export function manageAs({ var: { caller, client } }: Asking, { manage }: Pick<ApiV2Deps, 'manage'>): Manage {
  const { credential, mailServer } = caller
  const actor: Actor = { type: 'credential', id: credential.id, mailServerId: mailServer.id, ipAddress: client.address }
  return { ...manage, actor }
}
