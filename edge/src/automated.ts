/** Tells visits of machines from visits of people: mail scanners, prefetchers and image proxies open and click before anybody has read. */

/** Names that scanners, previewers, proxies and HTTP libraries give themselves. */
const MACHINES = new RegExp(
  [
    'bot\\b|crawl|spider|slurp|preview|prefetch|scanner|monitor|headless|phantomjs|facebookexternalhit|whatsapp|slack-img|embedly',
    'googleimageproxy|ggpht|yahoomailproxy|yahoocachesystem|outlook-?safelinks|safelinks|skypeuripreview|bingpreview',
    'barracuda|proofpoint|mimecast|symantec|messagelabs|forcepoint|fireeye|trendmicro|sophos|zscaler|cloudmark|ironport|avanan',
    '^(curl|wget|python|java|go-http-client|okhttp|node|axios|undici|libwww|ruby|php|apache-httpclient|postmanruntime)\\b',
  ].join('|'),
  'i',
)
/** Apple's Mail Privacy Protection loads every image through proxies that say no more than this. */
const PROXY_AGENT = 'Mozilla/5.0'
/** What browsers say when they fetch ahead of their user. */
const AHEAD_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']

/** Flagged, not dropped: whether to count it is for the reader of the event. */
export function isAutomated(headers: Headers): boolean {
  const userAgent = headers.get('user-agent')?.trim() ?? ''
  if (userAgent === '' || userAgent === PROXY_AGENT || MACHINES.test(userAgent)) return true
  return AHEAD_HEADERS.some((name) => /prefetch|prerender|preview/i.test(headers.get(name) ?? ''))
}
