/** Rows of links to the parts of a place; the part we are in is marked for eyes and ears. */
export type Tab = { readonly label: string; readonly href: string; readonly current: boolean; readonly count?: number }

type TabsProps = { readonly label: string; readonly tabs: readonly Tab[]; readonly kind?: 'sections' | 'tabs' }

export const Tabs = ({ label, tabs, kind = 'tabs' }: TabsProps) => (
  <nav class={kind} aria-label={label}>
    <ul>
      {tabs.map((tab) => (
        <li>
          <a href={tab.href} {...(tab.current ? { 'aria-current': 'page' } : {})}>
            {tab.label}
            {tab.count !== undefined && <span class="tab-count">{tab.count}</span>}
          </a>
        </li>
      ))}
    </ul>
  </nav>
)
