/** Is there still something to send, and somebody to send it for and to? */
import { isDeliverable } from '../../domain/address.ts'
import type { Check } from '../job.ts'

export const rawMail: Check = ({ mail }) =>
  mail ? undefined : { status: 'hard_failed', details: 'Raw message has been removed. Cannot send message.' }

export const sendingDomain: Check = ({ domain }) => {
  if (!domain) return { status: 'hard_failed', details: "Message's domain no longer exist" }
  if (!domain.verified) return { status: 'held', details: `The domain ${domain.name} is no longer verified.` }
  return undefined
}

export const recipient: Check = ({ message }) => {
  if (message.rcptTo === '') return { status: 'hard_failed', details: "Message doesn't have an RCPT to" }
  return isDeliverable(message.rcptTo) ? undefined : { status: 'hard_failed', details: `${message.rcptTo} is not a valid mail address.` }
}
