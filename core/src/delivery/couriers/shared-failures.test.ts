/** What mails of an endpoint learn from each other, and for how many endpoints that is remembered. */
import { expect, it } from 'vitest'
import type { HttpEndpointRow } from '../../store/endpoints.ts'
import type { EndpointMail } from './endpoint-payload.ts'
import type { HttpCarried } from './http.ts'
import { shareFailures } from './shared-failures.ts'

const AWAY: HttpCarried = {
  kind: 'carried',
  outcome: { kind: 'soft_fail', details: 'away', output: '', sentWithTls: false, unreachable: true },
  withoutBounce: false,
}
const FAILURES_MAX = 3

/** Endpoints that nobody can reach, and how often each was asked. */
function deadEndpoints(standingsKept: number) {
  const asked = new Map<number, number>()
  const courier = shareFailures(
    async ({ id }) => {
      asked.set(id, (asked.get(id) ?? 0) + 1)
      return AWAY
    },
    { clock: () => new Date('2030-01-01T00:00:00Z'), standingsKept },
  )
  return {
    asked,
    mail: async (id: number) => {
      const endpoint = { id, url: `https://${id}.test/` } as HttpEndpointRow // all that tells endpoints apart
      await courier(endpoint, {} as EndpointMail, async () => undefined) // which the courier above does not look at
    },
  }
}

it('an endpoint that is away is asked by a few mails only', async () => {
  const { asked, mail } = deadEndpoints(10)
  for (let n = 0; n < 20; n += 1) await mail(1)
  expect(asked.get(1)).toBe(FAILURES_MAX)
})

it('of more endpoints that are away than are kept, those are forgotten that had mail longest ago', async () => {
  const { asked, mail } = deadEndpoints(10)
  for (let id = 0; id < 100; id += 1) {
    for (let n = 0; n < FAILURES_MAX; n += 1) await mail(id)
    await mail(0) // which always has mail
  }
  expect([asked.get(0), asked.get(1), asked.get(99)]).toEqual([FAILURES_MAX, FAILURES_MAX, FAILURES_MAX])
  await mail(1)
  await mail(99)
  await mail(0)
  expect([asked.get(0), asked.get(1), asked.get(99)]).toEqual([FAILURES_MAX, FAILURES_MAX + 1, FAILURES_MAX])
})

it('an endpoint is not forgotten while mails wait for what comes of the first', async () => {
  const gone: (() => void)[] = []
  const courier = shareFailures(() => new Promise((resolve) => gone.push(() => resolve(AWAY))), {
    clock: () => new Date(0),
    standingsKept: 2,
  })
  const send = (id: number) => courier({ id, url: '' } as HttpEndpointRow, {} as EndpointMail, async () => undefined) // as above
  const first = Array.from({ length: 10 }, () => send(1))
  const others = [2, 3, 4, 5].map(send)
  const late = send(1)
  await new Promise(setImmediate)
  expect(gone).toHaveLength(2 + others.length) // of the first only as many as an endpoint gets that nobody has reached yet
  for (let n = 0; n < gone.length; n += 1) {
    gone[n]?.()
    await new Promise(setImmediate)
  }
  await Promise.all([...first, ...others, late])
  expect(gone.length).toBeLessThan(10)
})
