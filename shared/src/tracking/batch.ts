/** A batch of tracking events as a compact JWS (RFC 7515, HS256), which the edge signs and the core opens. */
import { CompactSign, compactVerify } from 'jose'
import { z } from 'zod'
import { TrackingBatch } from './event.ts'
import { ingestKey, type TrackingKeys } from './keys.ts'

export const BATCH_CONTENT_TYPE = 'application/jose'
const TYPE = 'posthaste-events'
const AUDIENCE = 'posthaste ingest'
/** A batch is signed anew for each try, so that an old one is never a late one. */
const SKEW_MAX_MS = 5 * 60_000

const Envelope = TrackingBatch.extend({ aud: z.literal(AUDIENCE), sentAt: z.int() })
const KeyId = z.stringFormat('key id', /^\d{1,3}$/).transform(Number)

export async function signBatch(keys: TrackingKeys, batch: TrackingBatch, now: Date): Promise<string> {
  const master = keys.keys.get(keys.current)
  if (!master) throw new RangeError(`tracking key ${keys.current} is missing`)
  const envelope: z.infer<typeof Envelope> = { aud: AUDIENCE, sentAt: now.getTime(), events: batch.events }
  return new CompactSign(new TextEncoder().encode(JSON.stringify(envelope)))
    .setProtectedHeader({ alg: 'HS256', kid: String(keys.current), typ: TYPE })
    .sign(ingestKey(master))
}

export type OpenedBatch =
  | { readonly kind: 'opened'; readonly batch: TrackingBatch }
  /** Not signed by us, or not now. */
  | { readonly kind: 'unproven' }
  /** Signed by us, but not a batch that this program reads. */
  | { readonly kind: 'malformed' }

export async function openBatch(keys: TrackingKeys, jws: string, now: Date): Promise<OpenedBatch> {
  const payload = await verified(keys, jws)
  if (!payload) return { kind: 'unproven' }
  const envelope = Envelope.safeParse(parseJson(payload))
  if (!envelope.success) return { kind: 'malformed' }
  if (Math.abs(now.getTime() - envelope.data.sentAt) > SKEW_MAX_MS) return { kind: 'unproven' }
  return { kind: 'opened', batch: { events: envelope.data.events } }
}

/** RFC 8725 §3.1 and §3.11: one algorithm and one type, whatever the header asks for. jose tells a bad signature by throwing. */
async function verified(keys: TrackingKeys, jws: string): Promise<string | undefined> {
  try {
    const { payload } = await compactVerify(jws, ({ kid, typ }) => secretOf(keys, kid, typ), { algorithms: ['HS256'] })
    return new TextDecoder().decode(payload)
  } catch {
    return undefined
  }
}

function secretOf(keys: TrackingKeys, kid: string | undefined, typ: string | undefined): Uint8Array {
  const keyId = KeyId.safeParse(kid)
  const master = keyId.success && typ === TYPE ? keys.keys.get(keyId.data) : undefined
  if (!master) throw new RangeError('this key is not one of ours')
  return ingestKey(master)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
