/** Spam and virus scanners, put together from the configuration: one way to them for mail of both directions. */
import { createScanning, type Scanning, type ScanResult } from '../delivery/scanning.ts'
import { createClamav } from '../net/inspectors/clamav.ts'
import { createInspector, type Inspector } from '../net/inspectors/inspect.ts'
import { createRspamd } from '../net/inspectors/rspamd.ts'
import { createSpamd } from '../net/inspectors/spamd.ts'
import type { Core } from './core.ts'

const MINUTE_MS = 60_000

export function composeScanning(core: Core): Scanning {
  const { config, metrics, log, clock, random } = core
  const outage = config.delivery.scannerOutage
  const meanwhile = outage === 'accept' ? 'mail goes on without a verdict' : 'mail waits for it'
  const away = atMostEvery(clock, MINUTE_MS, () => log.warn({ event: 'scanner.away' }, `A scanner does not answer; ${meanwhile}`))
  const onResult = (result: ScanResult): void => {
    metrics.delivery.scans.inc({ result })
    if (result === 'incomplete') away()
  }
  return createScanning({ inspect: composeInspector(core), outage, clock, random, onResult })
}

/** rspamd goes before spamd when both are set up, as the configuration says. */
function composeInspector({ config, secrets, clock, random }: Core): Inspector | null {
  const { rspamd, spamd, clamav } = config
  const timeoutMs = config.delivery.scannerTimeoutMs
  const byRspamd = rspamd && createRspamd({ ...rspamd, password: secrets.rspamdPassword?.reveal() ?? null, timeoutMs })
  const spam = byRspamd ?? (spamd && createSpamd({ ...spamd, timeoutMs }))
  return createInspector({ spam, virus: clamav && createClamav({ ...clamav, timeoutMs }), clock, random })
}

/** What is said about every mail while something lasts need not be said so often. */
function atMostEvery(clock: Core['clock'], ms: number, say: () => void): () => void {
  let saidAt = 0
  return () => {
    const now = clock().getTime()
    if (now - saidAt < ms) return
    saidAt = now
    say()
  }
}
