/** The master keys of tracking, by key id, and the keys derived from them (HKDF, RFC 5869). */
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { z } from 'zod'
import { type Purpose, purposeByte } from './purpose.ts'

/** New tokens are signed with `current`; those signed with an older key verify while it is here. */
export type TrackingKeys = { readonly current: number; readonly keys: ReadonlyMap<number, Uint8Array> }

export const MASTER_KEY_BYTES = 32
const DERIVED_KEY_BYTES = 32
const TOKEN_INFO = 'posthaste tracking token v1'
const INGEST_INFO = 'posthaste ingest'

const KeyId = z.coerce.number().int().min(0).max(255)
const MasterKey = z
  .base64()
  .transform((text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)))
  .refine((bytes) => bytes.length === MASTER_KEY_BYTES, `A tracking key has ${MASTER_KEY_BYTES} bytes.`)
const Keys = z
  .object({ current: KeyId, keys: z.record(z.string(), MasterKey) })
  .transform(({ current, keys }) => ({ current, keys: new Map(Object.entries(keys).map(([id, key]) => [KeyId.parse(id), key])) }))
  .refine(({ current, keys }) => keys.has(current), 'The current tracking key is missing.')

/**
 * Reads `{"current": 1, "keys": {"1": "<base64 of 32 bytes>"}}`, the form in which the edge is given its keys.
 * @throws ZodError or SyntaxError when it is anything else.
 */
export function parseTrackingKeys(json: string): TrackingKeys {
  return Keys.parse(JSON.parse(json))
}

/** What `parseTrackingKeys` reads. */
export function formatTrackingKeys({ current, keys }: TrackingKeys): string {
  const encoded = [...keys].map(([id, key]) => [id, btoa(String.fromCharCode(...key))])
  return JSON.stringify({ current, keys: Object.fromEntries(encoded) })
}

/** A leaked token key of one mail server and purpose opens nothing else. */
export function tokenKey(master: Uint8Array, purpose: Purpose, mailServerId: number): Uint8Array {
  return derive(master, `${TOKEN_INFO}/${purposeByte(purpose)}/${mailServerId}`)
}

/** Signs what the edge posts to the core, so that the two share no further secret. */
export const ingestKey = (master: Uint8Array): Uint8Array => derive(master, INGEST_INFO)

const derive = (master: Uint8Array, info: string): Uint8Array =>
  hkdf(sha256, master, undefined, new TextEncoder().encode(info), DERIVED_KEY_BYTES)
