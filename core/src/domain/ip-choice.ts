/** Which pool and which of its addresses a message leaves from. Rendezvous hashing: true shares, and the same choice for the same key. */
import { createHash } from 'node:crypto'
import { domainOf, normaliseAddress, splitAddress, splitTag } from './address.ts'

export type Weighted = { readonly id: number; readonly priority: number }

/**
 * All of them, best first. Each comes first for its share of all keys (priority 50 beside 100: a third), and when one is missing
 * only its own keys move. Those of priority 0 come last.
 */
export function inOrderFor<T extends Weighted>(key: string, addresses: readonly T[]): T[] {
  const scored = addresses.map((address) => ({
    address,
    score: address.priority === 0 ? -1 : -address.priority / Math.log(chanceOf(`${key} ${address.id}`)),
  }))
  return scored.sort((a, b) => b.score - a.score).map(({ address }) => address)
}

/** Evenly between 0 and 1, without either. */
function chanceOf(text: string): number {
  const bits = createHash('sha256').update(text).digest().readUIntBE(0, 6)
  return (bits + 1) / (2 ** 48 + 2)
}

export type PoolRule = { readonly ipPoolId: number; readonly fromText: string; readonly toText: string }

/** The pool of the first rule that applies: any sender of the mail, or its recipient, meets one of its conditions. */
export function poolByRules(
  rules: readonly PoolRule[],
  mail: { readonly from: readonly string[]; readonly rcptTo: string },
): number | undefined {
  return rules.find(({ fromText, toText }) => mail.from.some((address) => meets(fromText, address)) || meets(toText, mail.rcptTo))?.ipPoolId
}

/** An address without its tag, or a domain exactly; in any case. */
function meets(conditions: string, address: string): boolean {
  const plain = untagged(address)
  return conditions.split(/\s+/).some((condition) => {
    if (condition === '') return false
    return condition.includes('@') ? untagged(condition) === plain : condition.toLowerCase() === domainOf(address)
  })
}

function untagged(address: string): string {
  const parts = splitAddress(normaliseAddress(address))
  return parts ? `${splitTag(parts.local).user}@${parts.domain}` : address
}
