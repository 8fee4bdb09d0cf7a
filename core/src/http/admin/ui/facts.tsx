/** Names and values, side by side. */
import type { Child } from 'hono/jsx'

export type Fact = { readonly name: string; readonly value: Child }

/** A fact whose value is null is left out. */
export const Facts = ({ facts }: { facts: readonly Fact[] }) => (
  <dl class="facts">
    {facts
      .filter(({ value }) => value !== null)
      .map(({ name, value }) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
)
