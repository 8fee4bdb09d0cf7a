/** What a password must be. Length counts, and that it is not what an attacker tries first. NIST SP 800-63B §5.1.1.2 */
import { invalid } from './fields.ts'

const LENGTH_MIN = 12
/** More would only cost time to hash. */
const LENGTH_MAX = 256

/** @param own what the user is known by: address and names. */
export function passwordField(password: string, own: readonly string[], field = 'password'): string {
  const length = Array.from(password).length
  if (length < LENGTH_MIN) throw invalid(field, `${field} must have at least ${LENGTH_MIN} characters.`)
  if (length > LENGTH_MAX) throw invalid(field, `${field} must have at most ${LENGTH_MAX} characters.`)
  const plain = password.toLowerCase()
  if (own.some((word) => word.trim().toLowerCase() === plain)) throw invalid(field, `${field} must not be the e-mail address or a name.`)
  if (new Set(plain).size < 4) throw invalid(field, `${field} must not repeat the same few characters.`)
  return password
}
