/** May this mail server send at all? Manual release does not change the answer. */
import type { Check } from '../job.ts'

export const standing: Check = ({ mailServer }) => {
  if (!mailServer) return { status: 'hard_failed', details: 'The mail server of this message has been deleted.' }
  if (!mailServer.suspended) return undefined
  return {
    status: 'held',
    details: 'Mail server has been suspended. No e-mails can be processed at present. Contact support for assistance.',
  }
}
