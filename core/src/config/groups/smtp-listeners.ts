/** One SMTP port each, as `posthaste.smtp_listeners` describes it: what it is for, where it listens, and what it allows. */
import { z } from 'zod'
import { address, choice, flag, hostname, type Kind, list, port, whole } from '../kinds.ts'

/**
 * `mx` is for everybody, `submission` for authenticated senders (RFC 6409), `submissions` the same inside TLS (RFC 8314 §3.3);
 * `postal` behaves as Postal's one port did.
 */
export const LISTENER_KINDS = ['postal', 'mx', 'submission', 'submissions'] as const
export type SmtpListenerKind = (typeof LISTENER_KINDS)[number]

const FIELDS = {
  kind: choice(LISTENER_KINDS).schema,
  port: port.schema,
  addresses: list(address).schema.optional(),
  hostname: hostname.schema.optional(),
  require_tls: flag.schema.optional(),
  cram_md5: flag.schema.optional(),
  bare_line_endings: choice(['refuse', 'normalise']).schema.optional(),
  early_talker_wait_ms: whole(0, 60_000).schema.optional(),
  max_message_size: whole(1, 1024).schema.optional(),
  connections_max: whole(1, 100_000).schema.optional(),
  connections_per_address_max: whole(1, 100_000).schema.optional(),
  connections_per_network_max: whole(1, 100_000).schema.optional(),
  recipients_max: whole(1, 100_000).schema.optional(),
  messages_max: whole(1, 1_000_000).schema.optional(),
  idle_seconds: whole(1, 3_600).schema.optional(),
}

/** Keys as the file has them. */
const LISTENER = z.strictObject(FIELDS, { error: (issue) => unknownKeys(issue, Object.keys(FIELDS)) })
export type ListenerEntry = z.infer<typeof LISTENER>

const CERTIFICATE_FIELDS = {
  hostnames: list(hostname).schema,
  certificate_path: z.string({ error: 'must be a path' }),
  private_key_path: z.string({ error: 'must be a path' }),
}
const CERTIFICATE = z.strictObject(CERTIFICATE_FIELDS, { error: (issue) => unknownKeys(issue, Object.keys(CERTIFICATE_FIELDS)) })

export const listeners = listOf('list of: kind, port and more, see SMTP ports', LISTENER)
export const certificates = listOf('list of: hostnames, certificate_path, private_key_path', CERTIFICATE)

/** A YAML list; in an environment variable the same as JSON. */
function listOf<T>(name: string, item: z.ZodType<T>): Kind<readonly T[]> {
  return { name, schema: z.preprocess(fromJson, z.array(item, { error: 'must be a list; in the environment, as JSON' })) }
}

function fromJson(given: unknown): unknown {
  if (typeof given !== 'string') return given
  try {
    // Numbers and booleans of JSON become text, as YAML gives it to us
    return JSON.parse(given, (_key, value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value))
  } catch {
    return given
  }
}

function unknownKeys(issue: { readonly code?: string; readonly keys?: unknown }, known: readonly string[]): string {
  const unknown = issue.code === 'unrecognized_keys' && Array.isArray(issue.keys) ? ` ${issue.keys.join(', ')};` : ''
  return unknown ? `has no setting${unknown} it knows ${known.join(', ')}` : `must have the settings ${known.join(', ')}`
}
