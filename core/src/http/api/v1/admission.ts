/** What API v1 answers to those that may not call. */
import type { Admission } from '../admission.ts'
import { type Answer, refuse } from './envelope.ts'

const SHOWN = 4

export function refuseAdmission(admission: Exclude<Admission, { kind: 'caller' }>, key = ''): Answer {
  switch (admission.kind) {
    case 'no_key':
      return refuse('AccessDenied')
    case 'bad_key':
      return refuse('InvalidServerAPIKey', { token: masked(key) })
    case 'suspended':
      return refuse('ServerSuspended')
    case 'too_many':
      return { ...refuse('RateLimitExceeded'), retryAfterSeconds: admission.retryAfterSeconds }
  }
}

/** Answers end up in logs. */
const masked = (key: string): string => `${key.slice(0, SHOWN)}${'*'.repeat(Math.max(0, Math.min(key.length, 24) - SHOWN))}`
