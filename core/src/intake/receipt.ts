/** What a sender gets for a mail that is stored. */
export type Receipt = {
  readonly rawMailId: number
  /** The Message-ID header without angle brackets. */
  readonly messageId: string | null
  readonly messages: readonly { readonly id: number; readonly token: string; readonly rcptTo: string }[]
}
