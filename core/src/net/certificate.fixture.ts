/** A certificate of `mx.test` and `hook.test`, which this process trusts from the first use on. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type Certificate, makeCertificate } from '@posthaste/test/support/certificate.ts'

let made: Promise<Certificate> | undefined

export function trustedCertificate(): Promise<Certificate> {
  made ??= make()
  return made
}

async function make(): Promise<Certificate> {
  const certificate = await makeCertificate({ names: ['mx.test', 'hook.test'] })
  setDefaultCACertificates([...getCACertificates(), certificate.cert])
  return certificate
}
