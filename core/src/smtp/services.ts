/** What commands ask: the dependencies and the small things that last as long as the server. */
import type { CredentialUse } from '../store/credential-use.ts'
import type { AuthThrottle } from './auth-throttle.ts'
import type { Deps, SmtpSettings } from './deps.ts'
import type { MemoryBudget } from './memory-budget.ts'

export type Services = Deps & {
  readonly settings: SmtpSettings
  readonly authThrottle: AuthThrottle
  readonly credentialUse: CredentialUse
  readonly memory: MemoryBudget
}
