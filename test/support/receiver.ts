/** Somebody else's mail server: takes mail for the mailboxes it has, over STARTTLS if wanted, keeps it, and judges it as a receiver would. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type AuthenticateResult, authenticate } from 'mailauth'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection'
import { type Certificate, makeCertificate } from './certificate.ts'
import { resolverAt } from './dns-server.ts'
import { until } from './until.ts'

export type ReceivedMail = {
  readonly mailFrom: string
  readonly rcptTo: readonly string[]
  readonly raw: Buffer
  /** `TLSv1.3`, or false for plain text. */
  readonly tls: string | false
  readonly remoteAddress: string
  readonly helo: string
  readonly receivedAt: Date
  /** SPF, DKIM and DMARC, asked of the receiver's name server the first time this is called. */
  readonly authenticate: () => Promise<Authentication>
}

/** In short what mailauth found; `details` holds the rest. */
export type Authentication = {
  readonly spf: string
  readonly dmarc: string
  readonly dkim: readonly { readonly domain: string; readonly selector: string; readonly result: string }[]
  readonly details: AuthenticateResult
}

export type Receiver = AsyncDisposable & {
  readonly host: string
  readonly port: number
  readonly certificate: Certificate
  /** Everything received, oldest first. */
  readonly mails: readonly ReceivedMail[]
  /** The first mail to an address, waiting for it when it is not there yet. */
  readonly mailTo: (address: string, timeoutMs?: number) => Promise<ReceivedMail>
  readonly clear: () => void
}

export type ReceiverOptions = {
  readonly name?: string
  readonly host?: string
  readonly port?: number
  /** Addresses it takes, or a judgement; all of them by default. Others get `550 5.1.1 unknown user`. */
  readonly mailboxes?: readonly string[] | ((address: string) => boolean)
  /** Where it looks up SPF, DKIM and DMARC records: `dnsServer.address`. */
  readonly dns: string
  readonly startTls?: boolean
  readonly certificate?: Certificate
  readonly clock?: () => Date
}

export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { name = 'mx.receiver.test', host = '127.0.0.1', port = 0, startTls = true } = options
  const certificate = options.certificate ?? (await makeCertificate({ names: [name] }))
  const mails: ReceivedMail[] = []
  const server = new PromptServer({
    name,
    key: certificate.key,
    cert: certificate.cert,
    authOptional: true,
    disabledCommands: startTls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onRcptTo: ({ address }, _session, done) => done(knows(options.mailboxes, address) ? null : refusal(550, '5.1.1 unknown user')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push(received(Buffer.concat(chunks), session, name, options))
        done(null)
      })
    },
  })
  server.on('error', () => undefined) // a client that hangs up is the client's affair
  const listening = server.listen(port, host)
  await once(listening, 'listening')
  const address = listening.address()

  return {
    host,
    port: typeof address === 'object' && address ? address.port : port,
    certificate,
    mails,
    mailTo: (rcpt, timeoutMs = 20_000) =>
      until(() => mails.find((mail) => mail.rcptTo.includes(rcpt)), { timeoutMs, what: `a mail to ${rcpt} at ${name}` }),
    clear: () => void mails.splice(0),
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        for (const connection of server.connections) connection.close()
        server.close(done)
      }),
  }
}

/** Greets at once: the library waits a tenth of a second for clients that talk too soon. */
class PromptConnection extends SMTPConnection {
  override init(): void {
    this._setListeners(() => this.connectionReady())
  }
}

class PromptServer extends SMTPServer {
  override connect(socket: Socket, options?: SMTPConnectionOptions | null): void {
    const connection = new PromptConnection(this, socket, options ?? undefined)
    this.connections.add(connection)
    connection.on('error', (fault) => this.emit('error', fault))
    connection.init()
  }
}

function knows(mailboxes: ReceiverOptions['mailboxes'], address: string): boolean {
  if (mailboxes === undefined) return true
  return typeof mailboxes === 'function' ? mailboxes(address) : mailboxes.includes(address)
}

function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode })
}

function received(raw: Buffer, session: SMTPServerSession, name: string, { dns, clock = () => new Date() }: ReceiverOptions): ReceivedMail {
  const { mailFrom, rcptTo } = session.envelope
  const sender = mailFrom ? mailFrom.address : ''
  const { remoteAddress, hostNameAppearsAs: helo, tlsOptions } = session
  let authentication: Promise<Authentication> | undefined
  return {
    mailFrom: sender,
    rcptTo: rcptTo.map(({ address }) => address),
    raw,
    tls: tlsOptions ? tlsOptions.version : false,
    remoteAddress,
    helo,
    receivedAt: clock(),
    authenticate: () => {
      authentication ??= judge(raw, { ip: remoteAddress, helo, sender, mta: name, dns })
      return authentication
    },
  }
}

type Circumstances = { ip: string; helo: string; sender: string; mta: string; dns: string }

async function judge(raw: Buffer, { dns, ...circumstances }: Circumstances): Promise<Authentication> {
  const resolver = resolverAt(dns)
  // Only TXT, MX, A, AAAA, PTR and CNAME are asked for, whose answers are lists of strings, or of strings in parts.
  const resolve = (name: string, type: string) => resolver.resolve(name, type) as Promise<string[]>
  const details = await authenticate(raw, { ...circumstances, resolver: resolve })
  return {
    spf: details.spf ? details.spf.status.result : 'none',
    dmarc: details.dmarc ? details.dmarc.status.result : 'none',
    dkim: details.dkim.results
      .filter((found) => found.status.result !== 'none')
      .map((found) => ({ domain: found.signingDomain ?? '', selector: found.selector ?? '', result: found.status.result })),
    details,
  }
}
