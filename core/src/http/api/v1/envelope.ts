/** What API v1 answers: always this envelope, and nearly always HTTP 200, because clients look into the body. */
import { MESSAGES, type RefusalCode } from './refusals.ts'

export type Answer = {
  /** There is no fourth: clients crash on unknown ones. */
  readonly status: 'success' | 'error' | 'parameter-error'
  /** Never null. */
  readonly data: object
  /** 200 unless the call could not be handled at all. */
  readonly httpStatus?: 400 | 500 | 503
  readonly retryAfterSeconds?: number
}

export const success = (data: object): Answer => ({ status: 'success', data })

export function refuse(code: RefusalCode, more: Readonly<Record<string, unknown>> = {}): Answer {
  const message = MESSAGES[code]
  return { status: 'error', data: { ...(message === undefined ? {} : { message }), ...more, code } }
}

export const wrongParameter = (message: string): Answer => ({ status: 'parameter-error', data: { message } })

/** `seconds` is rounded to milliseconds; `flags` is an object because a client indexes it. */
export const envelope = ({ status, data }: Answer, seconds: number): string =>
  JSON.stringify({ status, time: Math.round(seconds * 1000) / 1000, flags: {}, data })
