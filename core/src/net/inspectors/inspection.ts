/** What scanners find in a mail, and what is asked of them. */

export type SpamCheck = { readonly name: string; readonly score: number; readonly description: string }

/** The mail with what a scanner wants to know of its envelope. */
export type Scanned = {
  readonly raw: Buffer
  readonly mailFrom: string
  readonly rcptTo: string
  /** For the scanner's log. */
  readonly token: string
  readonly scope: 'incoming' | 'outgoing'
}

export type SpamFinding =
  | { readonly kind: 'judged'; readonly score: number; readonly checks: readonly SpamCheck[] }
  /** It did not answer, or not sensibly. */
  | { readonly kind: 'unavailable'; readonly check: SpamCheck }

export type VirusFinding =
  | { readonly kind: 'clean'; readonly details: string }
  | { readonly kind: 'infected'; readonly details: string }
  | { readonly kind: 'unavailable'; readonly details: string }

export type SpamScanner = (scanned: Scanned) => Promise<SpamFinding>
export type VirusScanner = (raw: Buffer) => Promise<VirusFinding>

export const unavailable = (name: 'TIMEOUT' | 'ERROR', description: string): SpamFinding => ({
  kind: 'unavailable',
  check: { name, score: 0, description },
})
