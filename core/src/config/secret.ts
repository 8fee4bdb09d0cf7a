/** A value that must never be printed: whatever shows, joins or serialises it gives `[secret]`. */
import { inspect } from 'node:util'

export type Secret<T> = {
  /** The value itself, for the one place that needs it. */
  readonly reveal: () => T
  readonly toString: () => string
  readonly toJSON: () => string
  readonly [inspect.custom]: () => string
}

const hidden = () => '[secret]'

/** Kept in a closure, so that neither a debugger's listing nor a spread copies the value. */
export const createSecret = <T>(value: T): Secret<T> =>
  Object.freeze({ reveal: () => value, toString: hidden, toJSON: hidden, [inspect.custom]: hidden })
