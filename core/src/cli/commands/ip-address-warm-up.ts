/** `posthaste ip-address warm-up start` and `posthaste ip-address warm-up stop` */
import { z } from 'zod'
import { BUDGET_FIRST } from '../../domain/warm-up.ts'
import { getIpAddress, startWarmUp, stopWarmUp } from '../../manage/ip-addresses.ts'
import { command } from '../command.ts'

export const warmUpStart = command({
  words: 'ip-address warm-up start <ipv4>',
  about: 'begin, or begin anew: a daily budget for each provider that grows on clean days; the rest leaves from warm addresses',
  input: z.object({ ipv4: z.string() }),
  run: async ({ open }, { ipv4 }) => {
    const { manage } = await open()
    const address = await startWarmUp(manage, await getIpAddress(manage, { ipv4 }))
    return { json: address, lines: [`${ipv4} begins with ${BUDGET_FIRST} messages a day to each provider.`] }
  },
})

export const warmUpStop = command({
  words: 'ip-address warm-up stop <ipv4>',
  about: 'take an address for warm: its share of the mail leaves from it, without budgets',
  input: z.object({ ipv4: z.string() }),
  run: async ({ open }, { ipv4 }) => {
    const { manage } = await open()
    const address = await stopWarmUp(manage, await getIpAddress(manage, { ipv4 }))
    return { json: address, lines: [`${ipv4} counts as warm.`] }
  },
})
