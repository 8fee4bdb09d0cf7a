/** The name of a link in webhooks and in the API: 16 alphanumerics, as Postal's clients know them, found again from message and link number. */
import { sha256 } from '@noble/hashes/sha2.js'

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const LENGTH = 16

export function linkToken(messageId: number, link: number): string {
  const digest = sha256(new TextEncoder().encode(`posthaste link ${messageId} ${link}`))
  return Array.from(digest.subarray(0, LENGTH), (byte) => ALPHANUMERIC.charAt(byte % ALPHANUMERIC.length)).join('')
}
