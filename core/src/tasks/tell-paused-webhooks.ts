/** Writes to the owners of webhooks whose receivers have not worked for a while. */
import type { Manage } from '../manage/context.ts'
import { type Telling, tellPausedWebhooks } from '../manage/webhook-pauses.ts'
import type { Task } from './schedule.ts'

const EVERY_MS = 60_000

export const tellOfPauses = (manage: Manage, telling: Telling): Task => ({
  name: 'tell_of_paused_webhooks',
  everyMs: EVERY_MS,
  run: async () => {
    const told = await tellPausedWebhooks(manage, telling)
    return told > 0 ? `owners of ${told} webhooks told` : undefined
  },
})
