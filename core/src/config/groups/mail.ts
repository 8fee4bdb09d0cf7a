/** How mail finds its way: DNS names, delivery, retention, tracking. */
import type { PoolMove, Server, SmtpRelay, SocksServer, TlsPolicy } from '../kinds.ts'
import type { Reader } from '../reader.ts'

export type DnsConfig = {
  readonly mxRecords: readonly string[]
  readonly spfInclude: string
  readonly returnPathDomain: string
  readonly routeDomain: string
  readonly trackDomain: string
  readonly heloHostname: string
  readonly dkimIdentifier: string
  readonly domainVerifyPrefix: string
  readonly customReturnPathPrefix: string
  /** Of the first try; the next two take half. */
  readonly timeoutMs: number
  readonly resolvers: { readonly servers: readonly Server[] } | { readonly resolvConfPath: string }
  /** For DANE; null without it. */
  readonly validatingResolver: Server | null
  /** Verify domains with the resolvers above instead of the domain's own name servers. */
  readonly verifyWithResolvers: boolean
}

export type DeliveryConfig = {
  readonly attemptsMax: number
  readonly smtpRelays: readonly SmtpRelay[]
  readonly useIpPools: boolean
  /** Replies on which a site's mail leaves from another pool for a while. */
  readonly poolMoves: readonly PoolMove[]
  /** Of recipient domains, each named once. */
  readonly tlsPolicies: readonly TlsPolicy[]
  readonly useResentSenderHeader: boolean
  readonly openTimeoutMs: number
  readonly readTimeoutMs: number
  /** Port of remote mail servers. */
  readonly smtpPort: number
  /** Connects to mail servers for us; null when we do it ourselves. */
  readonly socksProxy: SocksServer | null
  readonly overSendLimit: 'later' | 'held'
  /** To sites of no known provider. */
  readonly siteConnectionsMax: number
  readonly transcripts: 'all' | 'failures' | 'none'
  /** Private networks and addresses that mail, endpoints and webhooks may reach. */
  readonly allowPrivateTargets: readonly string[]
  /** What incoming mail does while a scanner does not answer. */
  readonly scannerOutage: 'accept' | 'defer'
  readonly scannerTimeoutMs: number
}

export type RetentionConfig = {
  readonly holdDays: number
  readonly suppressionDays: number
  readonly webhookHistoryDays: number
  readonly transcriptDays: number
}

export type WebhooksConfig = {
  readonly timeoutMs: number
  /** null: ours. */
  readonly userAgent: string | null
}

/** What a new mail server starts with. */
export type NewMailServerConfig = { readonly spamThreshold: number; readonly spamFailureThreshold: number }

export type TrackingConfig = {
  readonly protocol: 'http' | 'https'
  /** null when links carry no port. */
  readonly port: number | null
  /** Whether an edge may post events; its secret is in the secrets. */
  readonly ingest: boolean
  readonly cloudflare: { readonly accountId: string; readonly kvNamespaceId: string } | null
}

export function toDns(reader: Reader): DnsConfig {
  const { get } = reader
  const root = get('postal.web_hostname')
  const smtpHostname = get('postal.smtp_hostname') ?? root
  return {
    mxRecords: get('dns.mx_records') ?? [smtpHostname],
    spfInclude: get('dns.spf_include') ?? `spf.${root}`,
    returnPathDomain: get('dns.return_path_domain') ?? `rp.${root}`,
    routeDomain: get('dns.route_domain') ?? `routes.${root}`,
    trackDomain: get('dns.track_domain') ?? `track.${root}`,
    heloHostname: get('dns.helo_hostname') ?? smtpHostname,
    dkimIdentifier: get('dns.dkim_identifier'),
    domainVerifyPrefix: get('dns.domain_verify_prefix'),
    customReturnPathPrefix: get('dns.custom_return_path_prefix'),
    timeoutMs: get('dns.timeout') * 1000,
    resolvers: toResolvers(reader),
    validatingResolver: get('posthaste.dnssec_resolver') ?? null,
    verifyWithResolvers: get('postal.use_local_ns_for_domain_verification'),
  }
}

function toResolvers({ get, given, spelled, exists, mistakes }: Reader): DnsConfig['resolvers'] {
  const servers = get('posthaste.dns_resolvers')
  if (servers.length > 0) return { servers }
  const resolvConfPath = get('dns.resolv_conf_path')
  if (given('dns.resolv_conf_path') && !exists(resolvConfPath))
    mistakes.push(
      `${spelled('dns.resolv_conf_path')} names ${resolvConfPath}, which is not there; correct it or set posthaste.dns_resolvers.`,
    )
  return { resolvConfPath }
}

export function toDelivery(reader: Reader): DeliveryConfig {
  const { get } = reader
  return {
    attemptsMax: get('postal.default_maximum_delivery_attempts'),
    smtpRelays: get('postal.smtp_relays'),
    useIpPools: get('postal.use_ip_pools'),
    poolMoves: get('posthaste.pool_moves'),
    tlsPolicies: toTlsPolicies(reader),
    useResentSenderHeader: get('postal.use_resent_sender_header'),
    openTimeoutMs: get('smtp_client.open_timeout') * 1000,
    readTimeoutMs: get('smtp_client.read_timeout') * 1000,
    smtpPort: get('posthaste.smtp_client_port'),
    socksProxy: get('posthaste.smtp_socks_proxy') ?? null,
    overSendLimit: get('posthaste.send_limit_action'),
    siteConnectionsMax: get('posthaste.site_connections_max'),
    transcripts: get('posthaste.transcripts'),
    allowPrivateTargets: get('posthaste.allow_private_networks'),
    scannerOutage: get('posthaste.scanner_outage'),
    scannerTimeoutMs: get('posthaste.scanner_timeout') * 1000,
  }
}

function toTlsPolicies({ get, spelled, mistakes }: Reader): readonly TlsPolicy[] {
  const policies = get('posthaste.tls_policies')
  const names = policies.map(({ domain }) => domain)
  const twice = new Set(names.filter((name, n) => names.indexOf(name) !== n))
  for (const name of twice) mistakes.push(`${spelled('posthaste.tls_policies')} names ${name} more than once; leave one of them.`)
  return policies
}

export const toRetention = ({ get }: Reader): RetentionConfig => ({
  holdDays: get('postal.default_maximum_hold_expiry_days'),
  suppressionDays: get('postal.default_suppression_list_automatic_removal_days'),
  webhookHistoryDays: get('posthaste.webhook_history_days'),
  transcriptDays: get('posthaste.transcript_days'),
})

export const toWebhooks = ({ get }: Reader): WebhooksConfig => ({
  timeoutMs: get('posthaste.webhook_timeout') * 1000,
  userAgent: get('posthaste.webhook_user_agent'),
})

export const toNewMailServer = ({ get }: Reader): NewMailServerConfig => ({
  spamThreshold: get('postal.default_spam_threshold'),
  spamFailureThreshold: get('postal.default_spam_failure_threshold'),
})

export function toTracking({ get, given, spelled, mistakes }: Reader): TrackingConfig {
  const accountId = get('posthaste.cloudflare_account_id')
  const kvNamespaceId = get('posthaste.cloudflare_kv_namespace_id')
  const parts = ['posthaste.cloudflare_account_id', 'posthaste.cloudflare_kv_namespace_id', 'posthaste.cloudflare_api_token'] as const
  const missing = parts.filter((name) => !given(name))
  if (missing.length > 0 && missing.length < parts.length)
    mistakes.push(
      `${missing.join(' and ')} must be set too, or none of the Cloudflare settings: ${parts.filter(given).map(spelled).join(', ')}.`,
    )
  return {
    protocol: get('posthaste.tracking_protocol'),
    port: get('posthaste.tracking_port'),
    ingest: given('posthaste.edge_ingest_secret'),
    cloudflare: accountId && kvNamespaceId ? { accountId, kvNamespaceId } : null,
  }
}
