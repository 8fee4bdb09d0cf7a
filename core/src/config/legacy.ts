/** Translates the keys of Postal's first file format into those of the second. */

const RENAMED: Readonly<Record<string, string>> = {
  'web.host': 'postal.web_hostname',
  'web.protocol': 'postal.web_protocol',
  'general.use_ip_pools': 'postal.use_ip_pools',
  'general.exception_url': 'logging.sentry_dsn',
  'general.maximum_delivery_attempts': 'postal.default_maximum_delivery_attempts',
  'general.maximum_hold_expiry_days': 'postal.default_maximum_hold_expiry_days',
  'general.suppression_list_removal_delay': 'postal.default_suppression_list_automatic_removal_days',
  'general.use_local_ns_for_domains': 'postal.use_local_ns_for_domain_verification',
  'general.default_spam_threshold': 'postal.default_spam_threshold',
  'general.default_spam_failure_threshold': 'postal.default_spam_failure_threshold',
  'general.use_resent_sender_header': 'postal.use_resent_sender_header',
  'web_server.bind_address': 'web_server.default_bind_address',
  'web_server.port': 'web_server.default_port',
  'message_db.prefix': 'message_db.database_name_prefix',
  'logging.rails_log': 'logging.rails_log_enabled',
  'logging.graylog.host': 'gelf.host',
  'logging.graylog.port': 'gelf.port',
  'logging.graylog.facility': 'gelf.facility',
  'smtp_server.port': 'smtp_server.default_port',
  'smtp_server.bind_address': 'smtp_server.default_bind_address',
  'smtp_server.log_connect': 'smtp_server.log_connections',
  'dns.smtp_server_hostname': 'postal.smtp_hostname',
  'dns.return_path': 'dns.return_path_domain',
  smtp_relays: 'postal.smtp_relays',
}

/** Keys and whole groups that are spelled the same in both formats. */
const KEPT: readonly RegExp[] = [
  /^web_server\.max_threads$/,
  /^message_db\.(host|port|username|password)$/,
  /^smtp_server\.(tls_enabled|tls_certificate_path|tls_private_key_path|tls_ciphers|ssl_version|proxy_protocol|max_message_size)$/,
  /^dns\.(mx_records|spf_include|route_domain|track_domain|helo_hostname|dkim_identifier|domain_verify_prefix|custom_return_path_prefix)$/,
  /^smtp\.(host|port|username|password|from_name|from_address)$/,
  /^rails\.(environment|secret_key)$/,
  /^(main_db|rspamd|spamd|clamav|smtp_client|posthaste)\./,
]

/** The name in the second format; undefined when the key has none. */
export const fromLegacy = (key: string): string | undefined => RENAMED[key] ?? (KEPT.some((kept) => kept.test(key)) ? key : undefined)

/** Groups that Postal itself had given up, which old files may still contain. */
export const isGivenUp = (key: string): boolean => /^(rabbitmq|fast_server|workers)(\.|$)|^general\.strip_received_headers$/.test(key)

/** The first format lists relays as hashes of hostname, port and ssl_mode; a missing mode means Auto. */
export function relaysFromLegacy(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((relay: unknown) => {
    if (!isRecord(relay)) return relay
    const host = String(relay.hostname ?? '')
    const bracketed = host.includes(':') ? `[${host}]` : host
    return `smtp://${bracketed}:${relay.port || 25}?ssl_mode=${relay.ssl_mode || 'Auto'}`
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
