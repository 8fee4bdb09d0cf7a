/** Which machines have which addresses, by what their workers say of them. */

/** What one worker said, and when. */
export type AddressReport = { readonly machine: string; readonly addresses: ReadonlySet<string>; readonly seenAt: Date }

export const REPORT_EVERY_MS = 30_000
/** Who has said nothing for so long does not count: it has stopped, or cannot reach the database. */
const SILENT_AFTER_MS = 120_000

export const isSilent = ({ seenAt }: Pick<AddressReport, 'seenAt'>, now: Date): boolean =>
  now.getTime() - seenAt.getTime() > SILENT_AFTER_MS

/** One for each machine: what its latest worker said, for several workers of a machine see the same. By name. */
export function byMachine(reports: readonly AddressReport[]): AddressReport[] {
  const latest = new Map<string, AddressReport>()
  for (const report of reports) {
    const known = latest.get(report.machine)
    if (!known || known.seenAt < report.seenAt) latest.set(report.machine, report)
  }
  return [...latest.values()].sort((a, b) => (a.machine < b.machine ? -1 : 1))
}

/** All addresses of machines whose workers are alive. */
export const presentAddresses = (reports: readonly AddressReport[], now: Date): ReadonlySet<string> =>
  new Set(reports.filter((report) => !isSilent(report, now)).flatMap(({ addresses }) => [...addresses]))
