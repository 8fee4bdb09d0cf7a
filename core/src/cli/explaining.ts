/** What the words of explanations are drawn from, on the command line. */
import type { Explaining } from '../delivery/explain.ts'
import type { Cli } from './open.ts'

export const explaining = ({ manage, config }: Cli, clock: () => Date): Explaining => ({
  ...{ db: manage.db, dns: manage.newDns(), clock, random: Math.random },
  ownNames: { ...config.dns, hostnames: config.smtp.hostnames },
  tlsPolicies: config.delivery.tlsPolicies,
  smtpRelays: config.delivery.smtpRelays.map(({ host, port, tlsMode, login }) => ({ host, port, tlsMode, user: login?.user ?? null })),
})
