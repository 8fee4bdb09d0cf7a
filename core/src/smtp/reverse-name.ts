/** The reverse name of a client, asked for once and waited for shortly: mail never waits long for a name in a header. */
import type { Deps } from './deps.ts'

type Need = Pick<Deps, 'dns' | 'wait'> & { readonly ptrTimeoutMs: number }

/** RFC 1035 §2.3.1, and the underscore that providers publish all the same. */
const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*$/i

/** Asks at the first call. */
export function reverseName(ip: string, { dns, wait, ptrTimeoutMs }: Need): () => Promise<string | undefined> {
  let name: Promise<string | undefined> | undefined
  const look = async (): Promise<string | undefined> => {
    const ended = new AbortController()
    const late = wait(ptrTimeoutMs, ended.signal).then(
      () => undefined,
      () => undefined,
    )
    const found = dns.ptr(ip).then(
      (answer) => (answer.kind === 'found' ? answer.records.find((record) => NAME.test(record)) : undefined),
      () => undefined,
    )
    const first = await Promise.race([found, late])
    ended.abort()
    return first
  }
  return () => (name ??= look())
}
