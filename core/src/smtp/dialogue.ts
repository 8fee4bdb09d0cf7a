/** What is known about one SMTP connection between two of its commands. */
import type { Credential, MailServer, Route } from '../store/directory.ts'
import type { Policy } from './policy.ts'

export type Client = {
  /** Without the prefix of mapped IPv4 addresses. */
  readonly ip: string
  readonly port: number
  /** The reverse name; settles within a short time. */
  readonly ptr: () => Promise<string | undefined>
}

/** Who sends: by AUTH, or by the address it comes from. */
export type Sender = { readonly by: 'auth' | 'ip'; readonly credential: Credential; readonly mailServer: MailServer }

export type Recipient =
  | { readonly kind: 'relay'; readonly address: string; readonly mailServer: MailServer }
  | { readonly kind: 'bounce'; readonly address: string; readonly mailServer: MailServer; readonly route: Route | undefined }
  | { readonly kind: 'route'; readonly address: string; readonly mailServer: MailServer; readonly route: Route }

export type Transaction = {
  /** Empty for the null sender. */
  readonly mailFrom: string
  /** By the SIZE parameter. */
  readonly bytesExpected: number | null
  readonly smtpUtf8: boolean
  readonly recipients: Recipient[]
}

export type Dialogue = {
  readonly trace: string
  readonly hostname: string
  readonly policy: Policy
  readonly client: Client
  /** Whether STARTTLS can be offered. */
  readonly tlsAvailable: boolean
  secure: boolean
  greeting: { readonly name: string; readonly extended: boolean } | null
  sender: Sender | null
  transaction: Transaction | null
  authFailures: number
  messages: number
}

export type NewDialogue = Pick<Dialogue, 'trace' | 'hostname' | 'policy' | 'client' | 'tlsAvailable' | 'secure'>

export const startDialogue = (facts: NewDialogue): Dialogue => ({
  ...facts,
  greeting: null,
  sender: null,
  transaction: null,
  authFailures: 0,
  messages: 0,
})

/** RFC 3207 §4.2: what was said in clear is forgotten, as it may have come from someone in between. */
export function forgetClearText(dialogue: Dialogue): void {
  dialogue.secure = true
  dialogue.greeting = null
  dialogue.sender = null
  dialogue.transaction = null
}

/** RFC 3848 */
export function protocolOf({ greeting, secure, sender }: Dialogue): 'SMTP' | 'ESMTP' | 'ESMTPS' | 'ESMTPA' | 'ESMTPSA' {
  const authenticated = sender?.by === 'auth'
  if (secure) return authenticated ? 'ESMTPSA' : 'ESMTPS'
  if (authenticated) return 'ESMTPA'
  return greeting?.extended ? 'ESMTP' : 'SMTP'
}
