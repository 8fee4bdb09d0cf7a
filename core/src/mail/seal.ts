/** Seals a forwarded mail, so that its next receiver can trust what we found about its sender. RFC 8617 */
import type { KeyObject } from 'node:crypto'
import { sealMessage } from 'mailauth/lib/arc/index.js'

export type Seal = {
  readonly domain: string
  readonly selector: string
  readonly key: KeyObject
  /** What stands after `Authentication-Results:`, our name first. */
  readonly verdicts: string
  /** The chain's state on arrival. */
  readonly arc: string
  readonly at: Date
}

/** The mail with one more ARC set in front; as it was when its chain cannot go on. RFC 8617 §5.1 */
export async function sealed(raw: Buffer, { domain, selector, key, verdicts, arc, at }: Seal): Promise<Buffer> {
  const headers = await sealMessage(raw, {
    signingDomain: domain,
    selector,
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authResults: verdicts,
    cv: arc === 'pass' || arc === 'fail' ? arc : 'none',
    signTime: at,
  })
  return Buffer.concat([headers, raw])
}
