/** What a list says when there is nothing in it, and what to do about it. */
import type { Child } from 'hono/jsx'
import { Icon, type IconName } from './icon.tsx'

export const Empty = ({ icon = 'inbox', title, children }: { icon?: IconName; title: string; children?: Child }) => (
  <section class="empty">
    <Icon name={icon} />
    <h2>{title}</h2>
    {children}
  </section>
)
