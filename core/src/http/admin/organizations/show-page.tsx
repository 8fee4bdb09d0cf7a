/** One organization: its mail servers and how their last day went. */
import { type ChartHour, HourChart } from '../ui/chart.tsx'
import { Page } from '../ui/page.tsx'
import type { View } from '../ui/view.ts'
import { type OrganizationCard, OrganizationSection } from './list-page.tsx'

type Props = {
  readonly view: View
  readonly organization: OrganizationCard
  readonly hours: readonly ChartHour[]
  readonly suspended: string | null
  /** Null when it has nothing to choose from. */
  readonly poolsHref: string | null
}

export const OrganizationPage = ({ view, organization, hours, suspended, poolsHref }: Props) => (
  <Page view={view} title={organization.name} crumbs={[{ label: organization.name, href: organization.href }]}>
    <div class="page-head">
      <h1>{organization.name}</h1>
      {poolsHref && <a href={poolsHref}>IP pools</a>}
    </div>
    {suspended !== null && <p class="notice notice-bad">This organization is suspended: {suspended}</p>}
    <HourChart hours={hours} view={view} title="Last 24 hours" />
    <OrganizationSection organization={{ ...organization, name: 'Mail servers' }} view={view} />
  </Page>
)
