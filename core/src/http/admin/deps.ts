/** What the admin interface is given, and what a request carries through it. */
import type { Context } from 'hono'
import type { NamedRelay } from '../../delivery/couriers/target.ts'
import type { OwnNames } from '../../delivery/own-hosts.ts'
import type { TlsPolicy } from '../../delivery/tls-policies.ts'
import type { Manage } from '../../manage/context.ts'
import type { Inspector } from '../../manage/inspector.ts'
import type { Session } from '../../store/sessions.ts'
import type { User } from '../../store/users.ts'
import type { WithBody } from '../body.ts'
import type { WebEnv } from '../web-env.ts'
import type { Assets } from './assets.ts'
import type { NoticeCode } from './ui/notices.ts'

export type AdminDeps = {
  /** For the verbs; who acts is whoever has signed in. */
  readonly manage: Omit<Manage, 'actor'>
  /** Told about every fault; its visitor sees a plain page with the request's id. */
  readonly onFault: (fault: unknown, requestId: string) => void
  /** Whether mail leaves from IP pools at all. */
  readonly useIpPools: boolean
  /** Of the configuration, to tell where mail goes. */
  readonly smtpRelays: readonly NamedRelay[]
  readonly tlsPolicies?: readonly TlsPolicy[]
  readonly ownNames?: OwnNames
  readonly inspector: Pick<Inspector, 'inspect'>
  readonly uploads: Uploads
  readonly version: string
}

/** Mails that visitors bring to be looked at. */
export type Uploads = {
  /** Of one mail. */
  readonly bytesMax: number
  /** Reads a form with a mail in it. */
  readonly withForm: WithBody
}

export type SignedIn = { readonly token: string; readonly session: Session; readonly user: User }
export type Theme = 'system' | 'light' | 'dark'

export type AdminEnv = {
  Bindings: WebEnv['Bindings']
  Variables: WebEnv['Variables'] & {
    /** Of this answer's scripts and style sheets. */
    nonce: string
    assets: Assets
    signedIn: SignedIn | null
    theme: Theme
    notice: NoticeCode | null
  }
}

export type AdminContext = Context<AdminEnv>

/** Scheme, host and port as the visitor sees them, such as `https://postal.example.com`. */
export const originOf = (c: AdminContext): string => `${c.get('client').scheme}://${c.get('client').host}`
