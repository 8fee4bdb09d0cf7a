/** The worker role: queue, delivery, webhooks and tasks. */
import { hostname } from 'node:os'
import { createLines } from '../delivery/couriers/lines.ts'
import { reportPresence } from '../delivery/presence.ts'
import { localAddresses } from '../net/local-addresses.ts'
import { runQueue } from '../queue/runner.ts'
import { createEndpointUse } from '../store/endpoint-use.ts'
import { composeAddresses } from './addresses.ts'
import type { Core, Running } from './core.ts'
import { composeCourier, composeDelivery } from './delivery.ts'
import { composeDns } from './dns.ts'
import { ENDPOINT_CONNECTIONS_MAX, ENDPOINT_READY_MAX, type EndpointParts } from './incoming.ts'
import { startTasks } from './tasks.ts'
import { startWebhooks } from './webhooks.ts'

/** Entries in hand are small: large mails are read when their connection is there. */
const IN_HAND_MAX = 2_000
const CLAIM_MAX = 200
const IDLE_MS = 100

export async function startWorker(core: Core): Promise<Running> {
  const addresses = composeAddresses(core)
  const courier = composeCourier(core, addresses)
  const endpoints = openEndpoints(core)
  const delivery = await composeDelivery(core, { ...addresses, ...endpoints, courier })
  const webhooks = startWebhooks(core, composeDns(core.config, core.clock))
  const tasks = startTasks(core)
  const { db, lease, clock, log, metrics, stopping } = core
  const presence = reportPresence({
    ...{ db, node: lease.node, machine: hostname(), clock, localAddresses },
    onFault: (error) => log.warn({ event: 'presence.fault', error }, "This machine's addresses could not be reported"),
  })
  const running = runQueue(
    {
      db,
      lease: lease.lease,
      clock,
      inHandMax: IN_HAND_MAX,
      claimMax: CLAIM_MAX,
      idleMs: IDLE_MS,
      handle: delivery.handle,
      relieve: () => {
        for (const { relieve } of [courier, endpoints.endpointLines]) relieve()
      },
      handBack: () => {
        for (const { handBack } of [courier, endpoints.endpointLines]) handBack()
      },
      onFault: (fault) => {
        metrics.worker.errors.inc({ error: fault instanceof Error ? fault.name : 'Error' })
        log.error({ event: 'queue.fault', error: fault }, 'The queue could not be worked on')
      },
      onStrays: (count) => log.warn({ event: 'queue.strays', count }, 'Entries returned whose claim was made although its answer was lost'),
      onRecovered: (count) => log.warn({ event: 'queue.recovered', count }, 'Entries of a dead worker returned to the queue'),
    },
    stopping,
  )
  return {
    stop: async (deadlineMs) => {
      await Promise.all([running, webhooks.stop(deadlineMs), tasks.stop(deadlineMs)])
      await delivery[Symbol.asyncDispose]()
      await courier[Symbol.asyncDispose]()
      await addresses.reports[Symbol.asyncDispose]()
      await presence[Symbol.asyncDispose]()
      await endpoints.endpointUse[Symbol.asyncDispose]()
    },
  }
}

const openEndpoints = ({ db, log, clock, random }: Core): EndpointParts => ({
  endpointUse: createEndpointUse({
    ...{ db, clock },
    onFault: (error) => log.warn({ event: 'endpoint_use.fault', error }, 'When endpoints were last used was not written'),
  }),
  endpointLines: createLines({ atOnce: ENDPOINT_CONNECTIONS_MAX, readyMax: ENDPOINT_READY_MAX, clock, random }),
})
