/** What a DNS look-up can come to. */

export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[] }
  /** The name exists, without records of this type. */
  | { readonly kind: 'none' }
  | { readonly kind: 'no_domain' }
  /** No server gave an answer: nothing is known about the name. */
  | { readonly kind: 'unavailable'; readonly reason: string }

export type MxRecord = { readonly preference: number; readonly exchange: string }
