/** Reasons to keep a message for a person to decide. A person's release (`manual`) overrules them. */
import type { Check } from '../job.ts'

export const credentialHold: Check = ({ entry, credential }) => {
  if (entry.manual || !credential?.hold) return undefined
  return { status: 'held', details: 'Credential is configured to hold all messages authenticated by it.' }
}

export const suppression: Check = ({ entry, message, suppressedFor }) => {
  if (entry.manual || suppressedFor === undefined) return undefined
  return { status: 'held', details: `Recipient (${message.rcptTo}) is on the suppression list (reason: ${suppressedFor})` }
}

export const developmentMode: Check = ({ entry, mailServer }) => {
  if (entry.manual || mailServer?.mode !== 'development') return undefined
  return { status: 'held', details: 'Server is in development mode.' }
}
