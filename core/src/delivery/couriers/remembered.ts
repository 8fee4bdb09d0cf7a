/** What is remembered of places that mail goes to, by name: so many, and more only while there is work under way at them. */

export type Remembered<V> = {
  /** As it is remembered, or made anew. */
  readonly of: (name: string, make: () => V) => V
  readonly all: () => Iterable<V>
}

export type RememberingOptions<V> = {
  readonly kept: number
  /** Of no worth is what a new one would know as well; what is in use is never forgotten. */
  readonly worth: (value: V) => 'none' | 'some' | 'in use'
}

/** Room is made for many at once, for it takes a look at all. */
const LEFT = 0.9

/** Where there is no room, what has no worth is forgotten, and of the rest what was asked for longest ago. */
export function createRemembered<V>({ kept, worth }: RememberingOptions<V>): Remembered<V> {
  /** In the order in which they were asked for. */
  const values = new Map<string, V>()
  const makeRoom = (): void => {
    for (const [name, value] of values) if (worth(value) === 'none') values.delete(name)
    for (const [name, value] of values) {
      if (values.size <= kept * LEFT) return
      if (worth(value) === 'some') values.delete(name)
    }
  }
  return {
    of: (name, make) => {
      const known = values.get(name)
      if (known === undefined && values.size >= kept) makeRoom()
      const value = known ?? make()
      values.delete(name)
      values.set(name, value)
      return value
    },
    all: () => values.values(),
  }
}
