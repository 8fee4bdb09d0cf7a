/** `messages/message`: one message, with as much of it as the caller asks for. */
import type { ApiDeps, Call } from './call.ts'
import { type Answer, success } from './envelope.ts'
import { EXPANSIONS, isExpansion, loadContent, needsContent } from './expansions.ts'
import { messageOf } from './message-id.ts'

export async function readMessage(call: Call, deps: ApiDeps): Promise<Answer> {
  const found = await messageOf(call, deps)
  if ('refusal' in found) return found.refusal
  const { message } = found
  const wanted = expansionsIn(call.parameters._expansions)
  const content = wanted.some(needsContent) ? await loadContent(deps.db, message) : undefined
  const about = { message, content, db: deps.db }
  const expanded = await Promise.all(wanted.map(async (name) => [name, await EXPANSIONS[name](about)] as const))
  return success({ id: message.id, token: message.token, ...Object.fromEntries(expanded) })
}

/** `true` is all of them; unknown names and anything but a list are none. */
function expansionsIn(value: unknown) {
  const names = value === true ? Object.keys(EXPANSIONS) : Array.isArray(value) ? [...new Set(value)] : []
  return names.filter(isExpansion)
}
