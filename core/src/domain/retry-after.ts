/** What `Retry-After` asks for: seconds, or a date. RFC 9110 §10.2.3 */

/** Undefined when nothing sensible was asked for. */
export function retryAfterMs(text: string | null, now: Date): number | undefined {
  if (text === null) return undefined
  const asked = text.trim()
  if (/^\d{1,9}$/.test(asked)) return Number(asked) * 1_000
  const at = /^[A-Z][a-z]{2}/.test(asked) ? Date.parse(asked) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime())
}
