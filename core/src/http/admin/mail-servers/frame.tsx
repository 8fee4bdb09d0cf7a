/** What every page of a mail server shows: where we are, its sections, and whether it is suspended. */
import type { Child } from 'hono/jsx'
import { organizationPath, type Place } from '../place.ts'
import { Page } from '../ui/page.tsx'
import { type Tab, Tabs } from '../ui/tabs.tsx'
import type { View } from '../ui/view.ts'

/** Of a mail server, for its pages. */
export type ServerFrame = {
  readonly name: string
  readonly href: string
  readonly organization: { readonly name: string; readonly href: string }
  readonly state: 'live' | 'development' | 'suspended'
  readonly suspensionReason: string | null
  /** Whether the visitor may change things here. */
  readonly writable: boolean
}

export const frameOf = ({ organization, mailServer, path, role }: Place): ServerFrame => ({
  name: mailServer.name,
  href: path,
  organization: { name: organization.name, href: organizationPath(organization) },
  state: organization.suspendedAt || mailServer.suspendedAt ? 'suspended' : mailServer.mode,
  suspensionReason: organization.suspensionReason ?? mailServer.suspensionReason,
  writable: role !== 'reader',
})

const SECTIONS = [
  ['overview', 'Overview', ''],
  ['messages', 'Messages', '/messages/outgoing'],
  ['queue', 'Queue', '/queue'],
  ['suppressions', 'Suppressions', '/suppressions'],
  ['domains', 'Domains', '/domains'],
  ['tracking', 'Tracking', '/tracking-domains'],
  ['credentials', 'Credentials', '/credentials'],
  ['routes', 'Routes', '/routes'],
  ['endpoints', 'Endpoints', '/endpoints'],
  ['webhooks', 'Webhooks', '/webhooks'],
] as const

export type Section = (typeof SECTIONS)[number][0]

type Props = {
  readonly view: View
  readonly server: ServerFrame
  readonly section: Section
  readonly title: string
  readonly children?: Child
}

export function ServerPage({ view, server, section, title, children }: Props) {
  const crumbs = [
    { label: server.organization.name, href: server.organization.href },
    { label: server.name, href: server.href },
  ]
  const tabs: Tab[] = SECTIONS.map(([name, label, path]) => ({ label, href: server.href + path, current: name === section }))
  return (
    <Page
      view={view}
      title={`${title} · ${server.name}`}
      crumbs={crumbs}
      sections={<Tabs kind="sections" label={server.name} tabs={tabs} />}
    >
      <ServerNotice server={server} />
      {children}
    </Page>
  )
}

function ServerNotice({ server }: { server: ServerFrame }) {
  if (server.state === 'suspended')
    return (
      <p class="notice notice-bad">
        <strong>Suspended:</strong> {server.suspensionReason ?? 'no reason was given'}. Mail is refused, and what was queued is held.
      </p>
    )
  if (server.state === 'development')
    return (
      <p class="notice notice-hold">
        <strong>Development mode:</strong> every message is accepted and held. Release single ones from their pages.
      </p>
    )
  return null
}
