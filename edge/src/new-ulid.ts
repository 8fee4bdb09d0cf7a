/** Ids of tracking events: ULIDs, which follow time and repeat nowhere. */
import { ulid } from 'ulid'

export const createUlids =
  (clock: () => Date): (() => string) =>
  () =>
    ulid(clock().getTime())
