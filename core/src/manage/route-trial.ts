/** What would happen to a mail for an address: found as the SMTP server finds it, told in sentences. */
import { isDeliverable, splitTag } from '../domain/address.ts'
import { type Addressee, type Destination, findByAddress, findByToken, toDestination } from '../store/addressee.ts'
import { createDirectory } from '../store/directory.ts'
import { findDomain } from '../store/domains.ts'
import type { MailServer } from '../store/mail-servers.ts'
import { WILDCARD_NAME } from '../store/route-lookup.ts'
import { requireMailServer } from './access.ts'
import type { Manage } from './context.ts'
import { labelOf } from './endpoint-list.ts'
import { invalid } from './fields.ts'
import { type ListedRoute, routesOf } from './route-list.ts'

export type RouteTrial = {
  readonly address: string
  /** `refused` at the door; `elsewhere`: it is not for this mail server. */
  readonly outcome: 'accepted' | 'refused' | 'elsewhere'
  /** Whom it comes to; null for a return path without a route, and for what is refused for want of one. */
  readonly route: ListedRoute | null
  /** In the order in which things happen. */
  readonly steps: readonly string[]
}

/** @throws AppError `mail_server.not_found`, `input.invalid` */
export async function tryAddress(manage: Manage, input: { readonly mailServerId: number; readonly address: string }): Promise<RouteTrial> {
  const mailServer = await requireMailServer(manage, input.mailServerId, 'reader')
  const address = input.address.trim()
  const to = isDeliverable(address) ? toDestination(address) : undefined
  if (!to) throw invalid('address', 'address must be a whole address, such as help@example.com.')
  const found = await findAddressee(manage, to)
  if (found && found.kind !== 'unknown' && found.mailServer.id !== mailServer.id)
    return {
      address,
      outcome: 'elsewhere',
      route: null,
      steps: ['It is not for this mail server: another one of this installation takes it.'],
    }
  const id = found && found.kind !== 'unknown' ? found.route?.id : undefined
  const route = id === undefined ? undefined : await listedRoute(manage, mailServer, id)
  return { address, route: route ?? null, ...(await verdictOn(manage, { mailServer, to, found, route })) }
}

/** Without the memory of the SMTP server, so that a change shows at once. */
async function findAddressee({ db, clock, dnsNames }: Manage, to: Destination): Promise<Addressee | undefined> {
  const directory = createDirectory(db, clock, 0)
  return (await findByToken(to, dnsNames, directory)) ?? findByAddress(to, directory)
}

const listedRoute = async (manage: Manage, { id: mailServerId }: MailServer, id: number): Promise<ListedRoute | undefined> =>
  (await routesOf(manage, { mailServerId, id, limit: 1 }))[0]

type Found = {
  readonly mailServer: MailServer
  readonly to: Destination
  readonly found: Addressee | undefined
  readonly route: ListedRoute | undefined
}

async function verdictOn(manage: Manage, { mailServer, to, found, route }: Found): Promise<Pick<RouteTrial, 'outcome' | 'steps'>> {
  if (!found) return refused(nobody(to), '530 Authentication required')
  if (found.kind === 'unknown') {
    const [what, reply] = found.token === 'route' ? ['route', '550 Invalid route token'] : ['mail server', '550 Invalid server token']
    return refused(`No ${what} has the token ${splitTag(to.local).user}.`, reply)
  }
  if (found.mailServer.suspended) return refused('The mail server is suspended.', '535 Mail server has been suspended')
  const held = mailServer.mode === 'development' ? ['The mail server is in development mode: it is held until somebody releases it.'] : []
  if (found.kind === 'return_path') return { outcome: 'accepted', steps: [...returnPath(route), ...held] }
  if (!route) return refused(nobody(to), '530 Authentication required') // it was removed this very moment
  const way = `It comes to the route ${route.address}${BY[found.by === 'token' ? 'token' : route.name === WILDCARD_NAME ? 'wildcard' : 'name']}.`
  if (route.mode === 'reject') return refused(way, '550 Route does not accept incoming messages')
  const stored = found.by === 'token' ? [`It is stored as mail for ${found.address}.`] : []
  const mx = found.by === 'address' ? await mxStep(manage, route) : []
  return { outcome: 'accepted', steps: [...mx, way, ...stored, SPAM_STEPS[route.spamMode], ...held, onward(route)] }
}

const BY = { token: ', by its token', wildcard: ', as no other route of the domain has that name', name: '' } as const

const refused = (why: string, reply: string) => ({ outcome: 'refused', steps: [why, `The server answers ${reply}.`] }) as const

const nobody = ({ local, domain }: Destination): string =>
  `No route is named ${splitTag(local).user.toLowerCase()}@${domain}, and there is no *@${domain} either.`

function returnPath(route: ListedRoute | undefined): string[] {
  const rest = route
    ? `What matches no message goes on: ${onward(route)}`
    : 'What matches no message fails, as there is no route __returnpath__.'
  return ['It comes home to the return path: a bounce or a complaint is matched with the message that it is about.', rest]
}

/** The domain was looked at some time ago, but what was wrong then is worth a word. */
async function mxStep({ db }: Manage, { domainId }: ListedRoute): Promise<string[]> {
  const domain = domainId === null ? undefined : await findDomain(db, domainId)
  if (!domain || domain.mxStatus === 'ok') return []
  const unknown = domain.mxStatus === null
  const state = unknown ? 'have not been looked up yet' : 'do not lead here'
  return [`The MX records of ${domain.name} ${state}, so mail from outside ${unknown ? 'may go elsewhere' : 'goes elsewhere'}.`]
}

const SPAM_STEPS = {
  mark: 'Spam is marked and treated like other mail.',
  quarantine: 'Spam is held until somebody decides.',
  fail: 'Spam fails and goes nowhere.',
} as const

function onward({ mode, targets }: ListedRoute): string {
  if (mode === 'accept') return 'It is accepted and kept here, and handed to nobody.'
  if (mode === 'hold') return 'It is held until somebody releases it.'
  if (mode === 'bounce' || mode === 'reject') return 'It bounces: its sender is told that the address takes no mail.'
  const [first = 'nobody', ...copies] = targets.map(({ endpoint }) => (endpoint ? labelOf(endpoint) : 'an endpoint that is gone'))
  return `It is handed to ${first}${copies.length > 0 ? `, and ${copies.length > 1 ? 'copies' : 'a copy'} to ${copies.join(', ')}` : ''}.`
}
