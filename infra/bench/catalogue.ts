/** All benches by name, in the order in which they run. */
import { acceptBench } from './accept.ts'
import { acceptConnectionsBench } from './accept-connections.ts'
import { apiBench } from './api.ts'
import type { Bench } from './bench.ts'
import { edgeClickBench } from './edge-click.ts'
import { fairnessBench } from './fairness.ts'
import { idleConnectionsBench } from './idle-connections.ts'
import { inboundBench, inboundHmacBench } from './inbound.ts'
import { largeMailsBench } from './large-mails.ts'
import { latencyBench } from './latency.ts'
import { manyDomainsBench } from './many-domains.ts'
import { memoryBench } from './memory.ts'
import { messageListBench } from './message-list.ts'
import { queueGrowthBench } from './queue-growth.ts'
import { throughBench, throughHarakaBench } from './through.ts'
import { throughWorkersBench } from './through-workers.ts'
import { webhooksBench } from './webhooks.ts'

export const BENCHES: Readonly<Record<string, Bench>> = {
  accept: acceptBench,
  latency: latencyBench,
  'accept-connections': acceptConnectionsBench,
  'idle-connections': idleConnectionsBench,
  'large-mails': largeMailsBench,
  through: throughBench,
  'through-haraka': throughHarakaBench,
  'through-workers': throughWorkersBench,
  'many-domains': manyDomainsBench,
  fairness: fairnessBench,
  'queue-growth': queueGrowthBench,
  memory: memoryBench,
  'api-1': apiBench({ recipients: 1, goal: 0.7 }),
  'api-50': apiBench({ recipients: 50, goal: 3 }),
  inbound: inboundBench,
  'inbound-hmac': inboundHmacBench,
  webhooks: webhooksBench,
  'edge-click': edgeClickBench,
  'message-list': messageListBench,
}
