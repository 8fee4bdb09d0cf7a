/** The scheduled tasks of the worker role. */
import type { SystemMailConfig } from '../config/groups/services.ts'
import type { Manage } from '../manage/context.ts'
import type { Telling } from '../manage/webhook-pauses.ts'
import { createDns } from '../net/dns.ts'
import { createSystemMailer } from '../net/system-mail.ts'
import { checkDomains } from '../tasks/check-domains.ts'
import { endDueWarmUps } from '../tasks/end-warm-ups.ts'
import { expireAllHolds } from '../tasks/expire-holds.ts'
import { keepDays } from '../tasks/keep-days.ts'
import { prune } from '../tasks/prune.ts'
import { pruneWebhooks } from '../tasks/prune-webhook-history.ts'
import { removeDeleted } from '../tasks/remove-deleted.ts'
import { runTasks } from '../tasks/schedule.ts'
import { tellOfPauses } from '../tasks/tell-paused-webhooks.ts'
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
    removeDeleted(db, clock),
    checkDomains(manage),
    expireAllHolds(manage),
    endDueWarmUps(manage),
    ...(config.systemMail ? [tellOfPauses(manage, telling(core, config.systemMail))] : []),
  ]
  const onRun = (task: string, seconds: number) => metrics.worker.taskRuntime.observe({ task }, seconds)
  const running = runTasks({ tasks, random, log, onRun }, stopping)
  return { stop: () => running }
}

function telling({ config, secrets }: Core, server: SystemMailConfig): Telling {
  const { protocol, hostname } = config.web
  const mailer = createSystemMailer({ ...server, password: secrets.systemMailPassword?.reveal() ?? null })
  return { ...mailer, webUrl: `${protocol}://${hostname}` }
}
