/** The log: JSON, one line per event, on standard output and, where one is named, in Graylog. */
import { type DestinationStream, destination, multistream, pino } from 'pino'
import { describeFault } from './fault.ts'

export type Logger = pino.Logger
export type LogLevel = pino.LevelWithSilent

export type LogOptions = {
  readonly level: LogLevel
  readonly role: string
  /** The leased node number, when it is already known. */
  readonly node?: number
  readonly clock: () => Date
  /** Beside standard output. */
  readonly also?: readonly DestinationStream[]
  /** Instead of standard output. */
  readonly to?: DestinationStream
}

const SECRET_NAMES = [
  'password',
  'passwd',
  'secret',
  'token',
  'key',
  'apiKey',
  'masterKey',
  'privateKey',
  'authorization',
  'cookie',
  'body',
  'raw',
  'content',
]
const HEADER_NAMES = ['authorization', 'Authorization', 'cookie', 'Cookie', 'set-cookie', 'x-server-api-key', 'X-Server-API-Key']
const GROUP_NAMES = ['login', 'credential', 'user', 'request', 'config']
/** Whole paths: each wildcard would cost two microseconds a line, which is as much as the line itself. */
const REDACTED = [
  ...SECRET_NAMES,
  ...GROUP_NAMES.flatMap((group) => SECRET_NAMES.map((name) => `${group}.${name}`)),
  ...HEADER_NAMES.map((name) => `headers["${name}"]`),
]

export function createLogger({ level, role, node, clock, also = [], to = destination(1) }: LogOptions): Logger {
  const base = node === undefined ? { role } : { role, node }
  const options: pino.LoggerOptions = {
    level,
    base,
    messageKey: 'message',
    timestamp: () => `,"time":"${clock().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
    serializers: { error: describeFault },
  }
  // multistream filters by level a second time; it lets everything pass that the logger itself lets pass.
  const lowest = level === 'silent' ? 'fatal' : level
  const stream = also.length === 0 ? to : multistream([to, ...also].map((stream) => ({ stream, level: lowest })))
  return pino(options, stream)
}
