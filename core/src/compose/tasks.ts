/** The scheduled tasks of the worker role. */

import type { Manage } from '../manage/context.ts'
import { createDns } from '../net/dns.ts'
import { checkDomains } from '../tasks/check-domains.ts'
import { expireAllHolds } from '../tasks/expire-holds.ts'
import { keepDays } from '../tasks/keep-days.ts'
import { prune } from '../tasks/prune.ts'
import { pruneWebhooks } from '../tasks/prune-webhook-history.ts'
import { runTasks } from '../tasks/schedule.ts'
import type { Core, Running } from './core.ts'
import { resolverServers } from './dns.ts'

export function startTasks(core: Core): Running {
  const { db, clock, config, random, log, metrics, stopping } = core
  const manage: Manage = {
    ...core,
    actor: { type: 'system' },
    dnsNames: config.dns,
    newDns: () => createDns({ servers: resolverServers(config), timeoutMs: config.dns.timeoutMs, clock }),
    newMailServer: config.newMailServer,
  }
  const tasks = [
    keepDays(db, clock),
    prune(db, clock, config.retention.transcriptDays),
    pruneWebhooks(db, clock, config.retention.webhookHistoryDays),
    checkDomains(manage),
    expireAllHolds(manage),
  ]
  const onRun = (task: string, seconds: number) => metrics.worker.taskRuntime.observe({ task }, seconds)
  const running = runTasks({ tasks, random, log, onRun }, stopping)
  return { stop: () => running }
}
