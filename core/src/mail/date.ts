/** Dates as mail headers write them. RFC 5322 §3.3 */

/** `Sun, 01 Mar 2026 10:20:29 +0000` */
export const rfc2822Date = (date: Date): string => date.toUTCString().replace('GMT', '+0000')
