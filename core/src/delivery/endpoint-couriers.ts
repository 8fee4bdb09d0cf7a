/** Carries incoming mail to an endpoint of any type. */
import type { Outcome } from '../domain/delivery.ts'
import { readHeaders } from '../mail/headers.ts'
import { render } from '../mail/render.ts'
import { type Seal, sealed } from '../mail/seal.ts'
import type { SmtpMessage } from '../net/smtp-session.ts'
import type { FoundEndpoint } from '../store/endpoints.ts'
import type { AddressCourier, Forward } from './couriers/address.ts'
import type { HttpCourier } from './couriers/http.ts'
import type { Later } from './couriers/site.ts'
import type { SmtpEndpointCourier } from './couriers/smtp-endpoint.ts'
import type { Job } from './job.ts'
import type { Findings } from './judging.ts'

export type Handed = {
  readonly job: Job
  /** With what inspection put in front. */
  readonly raw: Buffer
  readonly findings: Findings
  readonly mark: () => Promise<void>
}

export type EndpointCarried = { readonly outcome: Outcome; readonly withoutBounce: boolean }
export type EndpointCouriers = (endpoint: FoundEndpoint, handed: Handed) => Promise<EndpointCarried | Later>

/** Who seals: a domain of ours with a key that DNS publishes. */
export type SealingKey = Pick<Seal, 'domain' | 'selector' | 'key'>

export type EndpointCouriersOptions = {
  readonly http: HttpCourier
  readonly smtp: SmtpEndpointCourier
  readonly address: AddressCourier
  /** Null when no key is there. */
  readonly sealingKey: (job: Job) => Promise<SealingKey | null>
  readonly returnPathDomain: string
  readonly customReturnPathPrefix: string
  readonly resentSender: boolean
  readonly clock: () => Date
}

export function createEndpointCouriers(options: EndpointCouriersOptions): EndpointCouriers {
  return async ({ type, endpoint }, handed) => {
    const { job, raw, findings, mark } = handed
    const { message } = job
    if (type === 'http') return options.http(endpoint, { message, raw, spam: findings.spam, verdicts: findings.verdicts }, mark)
    const forward: Forward = {
      mailServerId: message.mailServerId,
      rcptTo: message.rcptTo,
      message: (rcptTo) => forwarded(options, handed, rcptTo),
    }
    const carried = await (type === 'smtp' ? options.smtp(endpoint, forward) : options.address(endpoint, forward))
    return carried.kind === 'later' ? carried : { outcome: carried.outcome, withoutBounce: false }
  }
}

/** The envelope sender is ours, so that SPF passes and bounces come home (D7); the null sender stays, or bounces would breed. */
async function forwarded(options: EndpointCouriersOptions, { job, raw, findings, mark }: Handed, rcptTo: string): Promise<SmtpMessage> {
  const { message } = job
  const mailFrom = message.bounce || message.mailFrom === '' ? '' : returnPath(options, job)
  const data = await render({ raw, message, returnPath: mailFrom, resentSender: options.resentSender, tracking: null, signers: [] })
  return { mailFrom, rcptTo, data: await seal(options, job, { data, findings }), beforeFinalDot: mark }
}

function returnPath({ returnPathDomain, customReturnPathPrefix }: EndpointCouriersOptions, { message, mailServer, domain }: Job): string {
  const host = domain?.returnPathOk ? `${customReturnPathPrefix}.${domain.name}` : returnPathDomain
  return `${mailServer?.token ?? ''}+${message.token}@${host}`
}

type Sealing = { readonly data: Buffer; readonly findings: Findings }

/** A mail that nobody could judge is not vouched for. */
async function seal({ sealingKey, clock }: EndpointCouriersOptions, job: Job, { data, findings }: Sealing): Promise<Buffer> {
  const key = await sealingKey(job)
  if (!key || !findings.verdicts || findings.header === '') return data
  const verdicts = readHeaders(Buffer.from(findings.header))[0]?.value ?? ''
  return sealed(data, { ...key, verdicts, arc: findings.verdicts.arc, at: clock() })
}
