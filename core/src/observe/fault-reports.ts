/** Reports faults to Sentry, or whatever takes its envelopes: what the log shows of a fault and the ids around it, nothing else. */
import { type DescribedFault, describeFault } from './fault.ts'

export type FaultReportOptions = {
  readonly dsn: string
  readonly role: string
  readonly release: string
  /** Name of this machine. */
  readonly source: string
  readonly clock: () => Date
  /** 32 hexadecimal digits. */
  readonly newEventId: () => string
}

/** Ids only, such as `dialogue`, `mailServerId`, `messageId`. */
export type FaultContext = Readonly<Record<string, string | number>>

export type FaultReports = AsyncDisposable & { readonly report: (fault: unknown, context?: FaultContext) => void }

const TIMEOUT_MS = 5_000
/** In a storm of faults the first few tell the story. */
const OPEN_REPORTS_MAX = 5

export function createFaultReports(options: FaultReportOptions): FaultReports {
  const { url, publicKey } = parseDsn(options.dsn)
  const headers = {
    'content-type': 'application/x-sentry-envelope',
    'x-sentry-auth': `Sentry sentry_version=7, sentry_client=posthaste/${options.release}, sentry_key=${publicKey}`,
  }
  const open = new Set<Promise<unknown>>()
  return {
    report: (fault, context = {}) => {
      if (open.size >= OPEN_REPORTS_MAX) return
      const body = toEnvelope(fault, context, options)
      const request = fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
      // The fault is in the log; that it could not be reported must not become the next one.
      const sent: Promise<unknown> = request
        .then((response) => response.body?.cancel())
        .catch(() => undefined)
        .finally(() => open.delete(sent))
      open.add(sent)
    },
    [Symbol.asyncDispose]: async () => void (await Promise.all(open)),
  }
}

/** `https://{public key}@{host}/{path}/{project}` */
function parseDsn(dsn: string): { url: string; publicKey: string } {
  const { protocol, host, pathname, username } = new URL(dsn)
  const [, path = '', project = ''] = /^(.*)\/([^/]+)$/.exec(pathname) ?? []
  return { url: `${protocol}//${host}${path}/api/${project}/envelope/`, publicKey: username }
}

function toEnvelope(fault: unknown, context: FaultContext, { role, release, source, clock, newEventId }: FaultReportOptions): string {
  const eventId = newEventId()
  const event = {
    event_id: eventId,
    timestamp: clock().getTime() / 1000,
    platform: 'node',
    level: 'error',
    server_name: source,
    release,
    tags: { role, ...context },
    exception: { values: withCauses(describeFault(fault)).map(toException) },
  }
  return [{ event_id: eventId, sent_at: clock().toISOString() }, { type: 'event' }, event].map((part) => JSON.stringify(part)).join('\n')
}

/** Sentry wants the first cause first. */
const withCauses = (fault: DescribedFault): DescribedFault[] => [...(fault.cause ? withCauses(fault.cause) : []), fault]

const toException = ({ type, message, stack = '' }: DescribedFault) => ({
  type,
  value: message,
  stacktrace: { frames: stack.split('\n').flatMap(toFrame).reverse() },
})

/** `at function (file:line:column)`, the function sometimes missing. */
function toFrame(line: string): { function: string; filename: string; lineno: number; colno: number }[] {
  const [, name = '?', filename, row, column] = /^\s+at (?:(.+) \()?(.+):(\d+):(\d+)\)?$/.exec(line) ?? []
  return filename === undefined ? [] : [{ function: name, filename, lineno: Number(row), colno: Number(column) }]
}
