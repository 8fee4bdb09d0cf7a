/** Mails of the system to those who run it, by the server that the operator names for them. */
import { createTransport } from 'nodemailer'

export type SystemMail = {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly date: Date
}

export type SystemMailServer = {
  readonly host: string
  readonly port: number
  readonly user: string | null
  readonly password: string | null
  readonly authentication: 'login' | 'plain' | 'cram_md5'
  readonly tls: 'required' | 'offered' | 'never'
  readonly verifyCertificate: boolean
  readonly fromName: string
  readonly fromAddress: string
}

export type SystemMailer = {
  /** Resolves when the server has taken it for at least one of them. */
  readonly send: (mail: SystemMail) => Promise<void>
}

const TIMEOUT_MS = 10_000

export function createSystemMailer(server: SystemMailServer): SystemMailer {
  const { host, port, user, password, tls } = server
  const transport = createTransport({
    ...{ host, port, secure: false, requireTLS: tls === 'required', ignoreTLS: tls === 'never' },
    tls: { rejectUnauthorized: server.verifyCertificate },
    ...(user === null ? {} : { auth: { user, pass: password ?? '' }, authMethod: server.authentication.replace('_', '-').toUpperCase() }),
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  })
  return {
    send: async ({ to, ...mail }) => {
      await transport.sendMail({
        ...mail,
        from: { name: server.fromName, address: server.fromAddress },
        to: [...to],
        headers: { 'Auto-Submitted': 'auto-generated' }, // so that no machine answers. RFC 3834 §5
      })
    },
  }
}
