/** DNS records as lines to copy from. */
import type { DnsRecord } from '../manage/domain-records.ts'

export const recordLines = (records: readonly DnsRecord[]): string[] =>
  records.flatMap((record) => [
    `${record.purpose}${record.required ? '' : ' (optional)'}: ${record.status ?? 'not checked'}${record.error ? `: ${record.error}` : ''}`,
    `  ${record.name}. ${record.type} ${record.priority === null ? '' : `${record.priority} `}${shownValue(record)}`,
  ])

const shownValue = ({ type, value }: DnsRecord): string => (type === 'TXT' ? `"${value}"` : `${value}.`)
