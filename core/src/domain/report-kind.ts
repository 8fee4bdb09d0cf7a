/** What a mail to a return path can be. */
export const REPORT_KINDS = ['bounce', 'delay', 'complaint', 'auto_reply', 'challenge', 'ordinary'] as const
export type ReportKind = (typeof REPORT_KINDS)[number]
