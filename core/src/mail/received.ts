/** The Received trace field that we put in front of what we accept, and the count by which loops are seen. RFC 5321 §4.4 */
import { rfc2822Date } from './date.ts'

/** RFC 3848 and, for the HTTP API, Postal's habit. */
export type ReceivedProtocol = 'SMTP' | 'ESMTP' | 'ESMTPS' | 'ESMTPA' | 'ESMTPSA' | 'HTTP'

export type Client = {
  /** The HELO name of an SMTP client; `api` for the HTTP API. */
  readonly helo: string
  /** Reverse name of the address; undefined when it is not known. */
  readonly ptr: string | undefined
  readonly ip: string
}

export type Trace = {
  /** Null for a mail server in privacy mode: nothing of the client is written. */
  readonly client: Client | null
  readonly hostname: string
  readonly protocol: ReceivedProtocol
  readonly date: Date
}

/** The whole field with its CRLF. The words `by {hostname} with` stay together on one line, because loops are found by them. */
export function receivedHeader({ client, hostname, protocol, date }: Trace): string {
  const by = `by ${hostname} with ${protocol}; ${rfc2822Date(date)}`
  if (client === null) return `Received: ${by}\r\n`
  const helo = printable(client.helo) || 'unknown'
  return `Received: from ${helo} (${printable(client.ptr ?? client.ip)} [${client.ip}])\r\n\t${by}\r\n`
}

/** How often a mail has been through this host, counted in the values of its Received fields. */
export function countPasses(receivedValues: readonly string[], hostname: string): number {
  return receivedValues.filter((value) => namesReceiver(value, hostname)).length
}

/** The whole name: `mx.example.net` is neither `mx.example.net.au` nor `mx.example.network`. */
function namesReceiver(value: string, hostname: string): boolean {
  const words = `by ${hostname}`
  for (let at = value.indexOf(words); at !== -1; at = value.indexOf(words, at + 1)) {
    if (!/[\w.-]/.test(value.charAt(at + words.length)) && !/[\w.-]/.test(value.charAt(at - 1))) return true
  }
  return false
}

/** A client chooses its HELO name; it must not end the line, open a comment or fill the header. */
const printable = (text: string): string => text.replace(/[^\x21-\x7e]|[()\\;]/g, '').slice(0, 255)
