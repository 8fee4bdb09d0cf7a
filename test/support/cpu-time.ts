/** How long this thread computed, for texts that are made to be slow. A clock would count what others do on the machine as well. */
export function cpuMs(work: () => unknown): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}
