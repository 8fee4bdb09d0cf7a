/** What receivers of webhooks are told, to the letter of what Postal's know. Postal's spellings live here and nowhere deeper. */

/** The body of every request. Equal on every retry, `uuid` included, so that receivers can drop repeats. */
export type Envelope = {
  readonly event: string
  /** Seconds, when the request was made. */
  readonly timestamp: number
  readonly payload: Payload
  readonly uuid: string
  /** The number of the event among those of its message; not in Postal. Absent when the event is of no message. */
  readonly sequence?: number
}

export type Payload =
  | StatusPayload
  | BouncePayload
  | ClickPayload
  | LoadPayload
  | MessageOnlyPayload
  | UnsubscribePayload
  | DnsPayload
  | LimitPayload

export type MessageBlock = {
  readonly id: number
  /** 16 alphanumerics. */
  readonly token: string
  readonly direction: 'outgoing' | 'incoming'
  /** Without angle brackets. */
  readonly message_id: string | null
  readonly to: string | null
  /** Null for the empty reverse path. */
  readonly from: string | null
  /** At most 200 characters. */
  readonly subject: string | null
  /** Seconds, when it was accepted. */
  readonly timestamp: number
  readonly spam_status: 'NotChecked' | 'NotSpam' | 'Spam'
  readonly tag: string | null
}

/** `MessageSent`, `MessageDelayed`, `MessageDeliveryFailed`, `MessageHeld`. Receivers decide by `status`, so that no other family has it. */
export type StatusPayload = {
  readonly message: MessageBlock
  readonly status: 'Sent' | 'SoftFail' | 'HardFail' | 'Held'
  /** At most 250 characters. */
  readonly details: string | null
  /** The remote server's answer, at most 250 characters; empty when there is none, never null. */
  readonly output: string
  /** Null when no connection was made. */
  readonly sent_with_ssl: boolean | null
  /** Seconds, when it was tried. */
  readonly timestamp: number
  /** Seconds that it took. */
  readonly time: number | null
}

/** `MessageBounced`. The last three are not in Postal, and there when the report could be read. */
export type BouncePayload = {
  readonly original_message: MessageBlock
  /** Null when the report itself is not there any more. */
  readonly bounce: MessageBlock | null
  readonly bounce_type?: string
  /** The enhanced status code, such as `5.1.1`. */
  readonly smtp_code?: string
  readonly diagnostic?: string
}

/** `MessageLoaded`. The last two are not in Postal. */
export type LoadPayload = {
  readonly message: MessageBlock
  readonly ip_address: string
  readonly user_agent: string | null
  /** It looks like a scanner or a proxy rather than a person. */
  readonly automated?: boolean
  /** ISO 3166-1 alpha-2, where the edge knows it. */
  readonly country?: string
}

/** `MessageLinkClicked`. */
export type ClickPayload = LoadPayload & {
  /** The original target. */
  readonly url: string
  /** 16 characters, of the link. */
  readonly token: string
}

/** `MessageUnsubscribed`, not in Postal. */
export type UnsubscribePayload = LoadPayload

/** `MessageComplained` and `MessageHoldCancelled`, not in Postal. */
export type MessageOnlyPayload = { readonly message: MessageBlock; readonly timestamp: number }

export type ServerBlock = {
  readonly uuid: string
  readonly name: string
  readonly permalink: string
  /** Its permalink. */
  readonly organization: string
}

type CheckStatus = 'OK' | 'Missing' | 'Invalid'

/** `DomainDNSError`; and `DomainDNSRecovered`, not in Postal. An error is null when its status is OK. */
export type DnsPayload = {
  readonly server: ServerBlock
  readonly domain: string
  /** Of the domain. */
  readonly uuid: string
  readonly dns_checked_at: number
  readonly spf_status: CheckStatus | null
  readonly spf_error: string | null
  readonly dkim_status: CheckStatus | null
  readonly dkim_error: string | null
  readonly mx_status: CheckStatus | null
  readonly mx_error: string | null
  readonly return_path_status: CheckStatus | null
  readonly return_path_error: string | null
}

/** `SendLimitApproaching`, `SendLimitExceeded`. */
export type LimitPayload = {
  readonly server: ServerBlock
  /** Messages in the last 60 minutes. */
  readonly volume: number
  readonly limit: number
}
