/** AUTH: may the client prove itself now, and by which mechanism. RFC 4954 */
import type { Dialogue } from '../dialogue.ts'
import { reply } from '../replies.ts'
import type { Services } from '../services.ts'
import { refuse, type Verdict } from '../verdict.ts'
import { authCramMd5 } from './auth-cram-md5.ts'
import { authLogin } from './auth-login.ts'
import { authPlain } from './auth-plain.ts'

const MECHANISMS = { PLAIN: authPlain, LOGIN: authLogin, 'CRAM-MD5': authCramMd5 } as const
export type Mechanism = keyof typeof MECHANISMS

export async function auth(dialogue: Dialogue, argument: string, services: Services): Promise<Verdict> {
  const [name = '', initial = null] = argument.split(/[ \t]+/, 2)
  const mechanism = mechanismOf(name, dialogue)
  if (mechanism === undefined) return refuse(reply.unknownMechanism, 'invalid-command')
  services.metrics.smtp.commands.inc({ command: `AUTH ${mechanism}` })

  const refused = refusalOf(dialogue)
  if (refused) return refused
  if (await services.authThrottle.isBlocked(dialogue.client.ip)) return refuse(reply.authThrottled, 'auth-throttled')
  return MECHANISMS[mechanism](dialogue, initial, services)
}

function mechanismOf(name: string, { policy }: Dialogue): Mechanism | undefined {
  const wanted = name.toUpperCase()
  const offered: readonly Mechanism[] = policy.cramMd5 ? ['CRAM-MD5', 'PLAIN', 'LOGIN'] : ['PLAIN', 'LOGIN']
  return offered.find((mechanism) => mechanism === wanted)
}

/** Before EHLO it is let pass, as Postal did; during a transaction and after a success it is not, RFC 4954 §4. */
function refusalOf({ policy, secure, sender, transaction }: Dialogue): Verdict | undefined {
  if (policy.auth === 'off') return refuse(reply.authNotHere)
  if (policy.authNeedsTls && !secure) return refuse(reply.authNeedsTls)
  if (sender?.by === 'auth') return refuse(reply.authRepeated)
  if (transaction) return refuse(reply.authInTransaction)
  return undefined
}
