/** Waits until a service answers. */
import { setTimeout as wait } from 'node:timers/promises'

const TIMEOUT_MS = 60_000
const EVERY_MS = 40

/** @throws Error with the URL when it has not answered 200 in a minute. */
export async function untilAnswers(url: string, signal?: AbortSignal): Promise<void> {
  for (const end = performance.now() + TIMEOUT_MS; performance.now() < end; await wait(EVERY_MS, undefined, { signal })) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return
  }
  throw new Error(`${url} did not answer within ${TIMEOUT_MS / 1000} s`)
}
