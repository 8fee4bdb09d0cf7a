/** The end of the demonstration: what was seen, where things are, how to sign in. */
import type { Ports } from '@posthaste/test/support/installation/ports.ts'
import type { Seeded } from './seed.ts'
import type { Step } from './steps.ts'

export type Summary = {
  readonly ok: boolean
  readonly steps: readonly Step[]
  readonly urls: Readonly<Record<string, string>>
  readonly credentials: Readonly<Record<string, string>>
  /** Ports that were occupied, and anything else worth knowing. */
  readonly notes: readonly string[]
}

export function urlsOf(ports: Ports): Record<string, string> {
  const at = (port: number): string => `http://localhost:${port}`
  return {
    admin: at(ports.web),
    api: `${at(ports.web)}/api/v1`,
    smtp: `smtp://127.0.0.1:${ports.smtp}`,
    edge: at(ports.edge),
    health: `${at(ports.webHealth)}/health`,
    metrics: `${at(ports.workerHealth)}/metrics`,
  }
}

export const credentialsOf = ({ login, smtpKey, apiKey }: Seeded): Record<string, string> => ({
  email: login.emailAddress,
  password: login.password,
  smtpUser: 'acme/shop',
  smtpKey,
  apiKey,
})

export const stepLine = ({ ok, name, detail, ms }: Step): string =>
  `${ok ? '✓' : '✗'} ${name.padEnd(52)} ${String(ms).padStart(6)} ms  ${detail}`

export function formatSummary({ ok, steps, urls, credentials, notes }: Summary): string {
  const list = (entries: Readonly<Record<string, string>>): string[] =>
    Object.entries(entries).map(([name, value]) => `  ${name.padEnd(10)} ${value}`)
  const seen = steps.filter((step) => step.ok).length
  return [
    '',
    ok
      ? `All ${steps.length} steps were seen.`
      : `${seen} of ${seen + steps.filter((step) => !step.ok).length} steps were seen; the rest was not tried.`,
    ...steps.map(stepLine),
    '',
    'Where things are',
    ...list(urls),
    '',
    'How to sign in',
    ...list(credentials),
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
  ].join('\n')
}
