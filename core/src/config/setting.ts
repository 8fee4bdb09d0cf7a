/** One setting: the kind of its value, its default and its meaning, from which reading and documentation follow. */
import type { Kind } from './kinds.ts'

export type Setting<T> = {
  readonly kind: Kind<T> | null
  readonly default: T
  /** How the documentation shows the default. */
  readonly shownDefault: string
  readonly meaning: string
}

export function setting<T>(kind: Kind<T>, fallback: T, meaning: string): Setting<T> {
  return { kind, default: fallback, shownDefault: `\`${Array.isArray(fallback) ? fallback.join(', ') || '[]' : fallback}\``, meaning }
}

/** A setting that may be absent; `shownDefault` says in words what happens then. */
export function optional<T>(kind: Kind<T>, shownDefault: string, meaning: string): Setting<T | null> {
  // A kind of T is read as a kind of T or null: its schema never gives null, so nothing can go wrong.
  return { kind: { ...kind, schema: kind.schema as Kind<T | null>['schema'] }, default: null, shownDefault, meaning }
}

/** A setting that Postal has and that changes nothing here: old files stay free of warnings about unknown keys. */
export const unused = (meaning: string): Setting<null> => ({
  kind: null,
  default: null,
  shownDefault: '',
  meaning: `No effect: ${meaning}`,
})
