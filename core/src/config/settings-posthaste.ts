/** The settings that Posthaste adds: the group `posthaste` of the file, and the variables that only the environment has. */
import { certificates, listeners } from './groups/smtp-listeners.ts'
import {
  address,
  choice,
  flag,
  hostname,
  list,
  network,
  path,
  poolMove,
  port,
  secretKey,
  secretText,
  server,
  socksServer,
  text,
  tlsPolicy,
  trackingKey,
  whole,
} from './kinds.ts'
import { optional, setting } from './setting.ts'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export const POSTHASTE_SETTINGS = {
  'posthaste.data_dir': setting(path, '$config-file-root/posthaste-data', 'Where the private database and the master key live.'),
  'posthaste.master_key': optional(
    secretKey,
    'the file `master.key` in the data directory',
    'Key of everything sealed in the database: 32 bytes in base64.',
  ),
  'posthaste.database_socket_path': optional(path, 'none', 'Socket of the database server, instead of `main_db.host` and `main_db.port`.'),
  'posthaste.web_health_port': setting(port, 9092, 'Health port of the web role. `HEALTH_SERVER_PORT` goes first.'),
  'posthaste.web_health_bind_address': setting(address, '127.0.0.1', 'Its address. `HEALTH_SERVER_BIND_ADDRESS` goes first.'),
  'posthaste.web_hostnames': setting(
    list(hostname),
    [],
    'Further names under which the interface may be called, besides `postal.web_hostname`. APIs answer under any name.',
  ),
  'posthaste.smtp_submission_ports': setting(list(port), [], 'Ports for authenticated senders only, usually 587 (RFC 6409).'),
  'posthaste.smtp_submissions_ports': setting(
    list(port),
    [],
    'The same with TLS from the first byte, usually 465 (RFC 8314 §3.3). Needs `smtp_server.tls_enabled`.',
  ),
  'posthaste.smtp_listeners': setting(
    listeners,
    [],
    'Every SMTP port with what it allows, instead of the ports above and of `smtp_server.default_port`; see [SMTP ports](#smtp-ports).',
  ),
  'posthaste.smtp_certificates': setting(
    certificates,
    [],
    'Other certificates by the host name that a client asks for (SNI). Needs `smtp_server.tls_enabled`; see [SMTP ports](#smtp-ports).',
  ),
  'posthaste.smtp_trusted_proxies': setting(
    list(network),
    ['127.0.0.0/8', '::1/128', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
    'Balancers whose PROXY header is believed, and demanded, when `smtp_server.proxy_protocol` is on; `postal.trusted_proxies` too.',
  ),
  'posthaste.smtp_reuse_port': setting(
    flag,
    false,
    'Let several processes of the smtp role share its ports. Each needs a health port of its own (`HEALTH_SERVER_PORT`).',
  ),
  'posthaste.smtp_memory_max': optional(
    whole(8, 65_536),
    '16 times the largest message',
    'MiB that mails on their way in may take together, in each process. Beyond it clients are asked to come later.',
  ),
  'posthaste.smtp_early_talker_wait_ms': setting(
    whole(0, 60_000),
    0,
    'How long the greeting on port 25 waits for clients that talk too early; 0 is off.',
  ),
  'posthaste.smtp_connections_max': setting(whole(1, 100_000), 1000, 'Open SMTP connections of a process at most.'),
  'posthaste.smtp_client_port': setting(port, 25, 'Port of remote mail servers.'),
  'posthaste.pool_moves': setting(
    list(poolMove, /;/),
    [],
    'When a reply fits, mail for that site that would leave from the same address leaves from the named IP pool for some hours (4). Separated by `;` in a variable. Needs `postal.use_ip_pools`.',
  ),
  'posthaste.smtp_socks_proxy': optional(
    socksServer,
    'none',
    'A SOCKS5 server that connects to mail servers and relays for us, where port 25 is closed. Mail leaves from its address, so IP pools rest.',
  ),
  'posthaste.allow_private_networks': setting(
    list(network),
    [],
    'Private networks that mail, endpoints and webhooks may reach, such as 127.0.0.0/8.',
  ),
  'posthaste.scanner_outage': setting(
    choice(['accept', 'defer']),
    'accept',
    'What mail that is to be inspected does while spamd, rspamd or ClamAV does not answer: go on without a verdict, or wait.',
  ),
  'posthaste.scanner_timeout': setting(
    whole(1, 300),
    15,
    'Seconds that spamd, rspamd or ClamAV has for its answer about a mail, connection included.',
  ),
  'posthaste.dns_resolvers': setting(list(server(53)), [], 'Resolvers, instead of those of `dns.resolv_conf_path`.'),
  'posthaste.webhook_timeout': setting(whole(1, 60), 10, 'Seconds that a webhook receiver has for its answer, connection included.'),
  'posthaste.webhook_user_agent': optional(text, '`Postal/` and our version', 'How webhook requests introduce themselves.'),
  'posthaste.dnssec_resolver': optional(
    server(53),
    'no DANE',
    'A resolver that validates DNSSEC, best on this machine: mail to hosts with TLSA records then goes to the right ones only (RFC 7672).',
  ),
  'posthaste.tls_policies': setting(
    list(tlsPolicy),
    [],
    'How connections to the hosts of a recipient domain are secured: not at all, where it works, always, or always with a certificate for the host that is verified. DANE and MTA-STS of the domain stay in force where they ask for more, unless `regardless` follows. Relays have a mode of their own.',
  ),
  'posthaste.send_limit_action': setting(
    choice(['later', 'held']),
    'later',
    'What becomes of messages over the send limit: they wait for the hour to have room, or are held as Postal does.',
  ),
  'posthaste.site_connections_max': setting(
    whole(1, 1_000),
    20,
    'Connections to a site of no known provider, or to a relay, from one of our addresses: of all workers together.',
  ),
  'posthaste.transcripts': setting(choice(['failures', 'all', 'none']), 'all', 'Of which attempts the SMTP dialogue is kept.'),
  'posthaste.transcript_days': setting(whole(1, 3650), 7, 'Days for which SMTP dialogues are kept.'),
  'posthaste.webhook_history_days': setting(whole(1, 3650), 10, 'Days for which webhook requests are kept.'),
  'posthaste.oidc_require_verified_email': setting(
    flag,
    true,
    "Link a provider's user to an existing one only by a verified mail address.",
  ),
  'posthaste.log_level': setting(choice(LOG_LEVELS), 'info', 'Least severe lines that are logged.'),
  'posthaste.tracking_protocol': setting(choice(['https', 'http']), 'https', 'Scheme of tracking links.'),
  'posthaste.tracking_port': optional(port, 'none in the link', 'Port in tracking links, for trying things out on a laptop.'),
  'posthaste.tracking_keys': setting(
    list(trackingKey),
    [],
    'Keys of tracking links, newest first, shared with the edge. None: one is derived from the master key.',
  ),
  'posthaste.edge_ingest_secret': optional(
    secretKey,
    'off',
    'Proves to the core that a batch of events comes from the edge: 32 bytes in base64.',
  ),
  'posthaste.cloudflare_account_id': optional(text, 'off', 'Account of the edge, to publish revocations and long links.'),
  'posthaste.cloudflare_kv_namespace_id': optional(text, 'none', 'KV namespace of the edge.'),
  'posthaste.cloudflare_api_token': optional(secretText, 'none', 'API token that may write to that namespace.'),
}

/** Variables of the process. Their names have no dot, so no key of the file can be meant. */
export const PROCESS_SETTINGS = {
  PORT: optional(port, 'see the roles', 'Port of the web or smtp role; with `posthaste start`, of the web role.'),
  BIND_ADDRESS: optional(address, 'see the roles', 'Address of the web or smtp role; with `posthaste start`, of the web role.'),
  HEALTH_SERVER_PORT: optional(port, 'see the roles', 'Health port of the role. Does not count with `posthaste start`, which has three.'),
  HEALTH_SERVER_BIND_ADDRESS: optional(address, 'see the roles', 'Address of the health port.'),
  WAIT_FOR_TARGETS: setting(list(text, /\s+/), [], '`host:port` or `http(s)://` targets to wait for at start, with blanks between.'),
  WAIT_FOR_TIMEOUT: setting(whole(1, 3600), 30, 'Seconds to wait for each of them.'),
  POSTAL_CONFIG_FILE_PATH: optional(path, '`config/postal/postal.yml`, then `posthaste.yml`', 'The configuration file.'),
  SILENCE_POSTAL_CONFIG_MESSAGES: setting(flag, false, 'Do not say at start which file is read.'),
}
