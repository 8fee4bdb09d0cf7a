/** One JSON line for each fault; Cloudflare collects what a Worker writes to its console. */

export function logFault(fault: unknown): void {
  const message = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault)
  // biome-ignore lint/suspicious/noConsole: the console is the log of a Worker
  console.error(JSON.stringify({ event: 'tracking.fault', message }))
}
