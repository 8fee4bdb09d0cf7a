/** What a tracking link is for; each purpose has its own byte in the token, its own derived key and its own path. */

export const PURPOSES = ['click', 'open', 'unsubscribe', 'redirect'] as const
export type Purpose = (typeof PURPOSES)[number]

const BYTES: Record<Purpose, number> = { click: 1, open: 2, unsubscribe: 3, redirect: 4 }

export const purposeByte = (purpose: Purpose): number => BYTES[purpose]

/** These lead somewhere, so their tokens carry a destination; the others carry none. */
export const leadsSomewhere = (purpose: Purpose): boolean => purpose === 'click' || purpose === 'redirect'
