/** The edge's click redirect in Cloudflare's runtime against a Worker there that does nothing but answer. */

import { formatTrackingKeys, type TrackingKeys } from '@posthaste/shared/tracking/keys.ts'
import { createTokenSigner, dayOf } from '@posthaste/shared/tracking/token.ts'
import { type Bench, scaled } from './bench.ts'
import { compare, compareLess } from './result.ts'
import { cpuDuring } from './usage.ts'
import { bareWorker, edgeWorker, startWorkerd, type Worker } from './workerd.ts'
import { type HttpResult, wrk } from './wrk.ts'

const SECONDS = 8
const WARM_UP_SECONDS = 2
const CONNECTIONS = 20
const CPU_LIMIT_MS = 1
const HOST = 'click.acme.test'

export const edgeClickBench: Bench = async (options) => {
  const keys: TrackingKeys = { current: 1, keys: new Map([[1, new Uint8Array(32).fill(7)]]) }
  const path = `/c/${signClick(keys)}`
  const seconds = scaled(SECONDS, options)
  const bare = await measure(bareWorker(), { path, seconds, status: 200 })
  const edge = await measure(await edgeWorker(formatTrackingKeys(keys)), { path, seconds, status: 302 })
  const note =
    `workerd without wrangler or a proxy before it, one worker each, ${CONNECTIONS} connections; token verified, event to a Queue that takes it at once, ` +
    `revocations from an empty KV, both in the same process`
  return [
    compare({
      name: 'edge-click',
      value: edge.perSecond,
      unit: 'requests/s',
      peer: 'bare Worker',
      peerValue: bare.perSecond,
      goal: 0.8,
      note,
    }),
    compareLess({
      name: 'edge-click cpu',
      ...{ value: edge.cpuMs, unit: 'ms CPU', peer: 'limit', peerValue: CPU_LIMIT_MS, goal: 1 },
      note: `CPU of the whole runtime for a request, stand-ins of Queue and KV included; the ratio is limit ÷ ours; bare ${bare.cpuMs.toFixed(3)} ms`,
    }),
  ]
}

/** @throws RangeError never: the claims fit. */
function signClick(keys: TrackingKeys): string {
  const claims = { purpose: 'click', mailServerId: 17, messageId: 4711, link: 1, issuedDay: dayOf(new Date()) } as const
  return createTokenSigner(keys)({ ...claims, destination: 'https://shop.example/orders/7781' }, HOST) ?? ''
}

type Asked = { readonly path: string; readonly seconds: number; readonly status: number }

async function measure(worker: Worker, { path, seconds, status }: Asked): Promise<{ perSecond: number; cpuMs: number }> {
  await using workerd = await startWorkerd(worker)
  const url = `http://127.0.0.1:${workerd.port}${path}`
  const load = { url, connections: CONNECTIONS, headers: { Host: HOST } }
  const { requests } = await wrk({ ...load, seconds: Math.min(seconds, WARM_UP_SECONDS) })
  if (requests === 0) throw new Error('no request was answered')
  await workerd.expect(path, HOST, status)
  let result: HttpResult = { requests: 0, seconds: 1 }
  const [cpu = 0] = await cpuDuring([workerd.pid], async () => {
    result = await wrk({ ...load, seconds })
  })
  return { perSecond: result.requests / result.seconds, cpuMs: cpu / result.requests }
}
