/** The shell of every page: head, skip link, header with its menu, notice, content, footer. */
import type { Child } from 'hono/jsx'
import { FormToken } from './form.tsx'
import { Brand, Icon } from './icon.tsx'
import { noticeText } from './notices.ts'
import type { View } from './view.ts'

export type Crumb = { readonly label: string; readonly href: string }

type PageProps = {
  readonly view: View
  readonly title: string
  /** From the outside in; the last is not this page but its parent. */
  readonly crumbs?: readonly Crumb[]
  /** Sections of the place we are in, under the header. */
  readonly sections?: Child
  readonly wide?: boolean
  readonly children?: Child
}

export function Page({ view, title, crumbs = [], sections, children }: PageProps) {
  return (
    <Document view={view} title={title}>
      <a class="skip-link" href="#content">
        Skip to content
      </a>
      <header class="shell-header">
        <div class="shell-bar">
          <a class="shell-brand" href="/" aria-label="Posthaste, start page">
            <Brand />
            <span class="shell-brand-name">Posthaste</span>
          </a>
          <Crumbs crumbs={crumbs} />
          {view.visitor && <VisitorMenu view={view} visitor={view.visitor} />}
        </div>
        {sections}
      </header>
      <main id="content" class="shell-content" tabindex={-1}>
        <Notice view={view} />
        {children}
      </main>
      <footer class="shell-footer">
        <p>Posthaste {view.version}</p>
        <p>Times are in {view.timeZone}</p>
      </footer>
    </Document>
  )
}

/** The outermost part, also for the sign-in page, which has no header. */
export function Document({ view, title, children }: { view: View; title: string; children?: Child }) {
  return (
    <html lang="en" data-theme={view.theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={view.theme === 'system' ? 'light dark' : view.theme} />
        <meta name="robots" content="noindex, nofollow" />
        <title>{title} · Posthaste</title>
        <link rel="stylesheet" href={view.styleUrl} nonce={view.nonce} />
        <link rel="icon" href={ICON} />
        <script src={view.scriptUrl} nonce={view.nonce} defer />
      </head>
      <body>{children}</body>
    </html>
  )
}

const ICON =
  'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"%3E%3Crect width="32" height="32" rx="8" fill="%23175e6b"/%3E%3Cpath d="M11 10h14v12H11zm0 1 7 6 7-6M3 13h5M5 17h3M3 21h5" fill="none" stroke="%23fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/%3E%3C/svg%3E'

function Crumbs({ crumbs }: { crumbs: readonly Crumb[] }) {
  if (crumbs.length === 0) return <div class="shell-crumbs" />
  return (
    <nav class="shell-crumbs" aria-label="You are in">
      <ol>
        {crumbs.map(({ label, href }) => (
          <li>
            <a href={href}>{label}</a>
          </li>
        ))}
      </ol>
    </nav>
  )
}

function VisitorMenu({ view, visitor }: { view: View; visitor: NonNullable<View['visitor']> }) {
  return (
    <details class="menu">
      <summary>
        <Icon name="person" />
        <span class="menu-name">{visitor.name}</span>
      </summary>
      <div class="menu-panel">
        <p class="menu-who">
          <strong>{visitor.name}</strong>
          <span>{visitor.emailAddress}</span>
          {visitor.operator && <span>Administrator of this installation</span>}
        </p>
        <a href="/inspections">Inspect a mail</a>
        {visitor.operator && <a href="/sites">Sites that mail goes to</a>}
        {visitor.operator && <a href="/ip-pools">IP pools</a>}
        {visitor.operator && <a href="/blocks">Blocks after failed sign-ins</a>}
        <ThemeForm view={view} />
        <form method="post" action="/logout">
          <FormToken view={view} />
          <button class="button button-plain" type="submit">
            Sign out
          </button>
        </form>
      </div>
    </details>
  )
}

const THEMES = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const

function ThemeForm({ view }: { view: View }) {
  return (
    <form method="post" action="/appearance" class="theme">
      <FormToken view={view} />
      <input type="hidden" name="return_to" value={view.here} />
      <fieldset>
        <legend>Appearance</legend>
        {THEMES.map(([theme, label]) => (
          <button
            class="button button-segment"
            type="submit"
            name="theme"
            value={theme}
            aria-pressed={view.theme === theme ? 'true' : 'false'}
          >
            {label}
          </button>
        ))}
      </fieldset>
    </form>
  )
}

function Notice({ view }: { view: View }) {
  if (!view.notice) return null
  return (
    <p class="notice notice-good" role="status">
      <Icon name="check" />
      {noticeText(view.notice)}
    </p>
  )
}
