/** `posthaste status` */
import { z } from 'zod'
import { liveProcesses } from '../../store/processes.ts'
import { summariseQueue } from '../../store/queue.ts'
import { command } from '../command.ts'
import { table } from '../table.ts'

export const status = command({
  words: 'status',
  about: 'show what runs and what is waiting in the queue',
  input: z.object({}),
  run: async ({ open, clock }) => {
    const { manage } = await open()
    const queue = await summariseQueue(manage.db)
    const processes = (await liveProcesses(manage.db)).filter(({ role }) => role !== 'cli')
    const lateSeconds = queue.oldestDueAt ? Math.max(0, Math.round((clock().getTime() - queue.oldestDueAt.getTime()) / 1000)) : 0
    const waiting = `Queue: ${queue.ready} ready, ${queue.claimed} being delivered; the oldest is ${lateSeconds} s late.`
    const rows = processes.map(({ role, holder, node }) => [role, holder, node])
    const lines = [waiting, '', ...table(['role', 'process', 'node'], rows, 'Nothing runs: posthaste start')]
    return { json: { queue: { ...queue, lateSeconds }, processes }, lines }
  },
})
