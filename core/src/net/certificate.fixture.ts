/** A certificate of `mx.test` and `hook.test`, which this process trusts from the first use on. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, getCACertificates, type SecureContext, setDefaultCACertificates } from 'node:tls'

type Certificate = { readonly key: string; readonly cert: string; readonly secureContext: SecureContext }

let made: Certificate | undefined

export function certificate(): Certificate {
  made ??= make()
  return made
}

function make(): Certificate {
  const dir = mkdtempSync(join(tmpdir(), 'certificate-'))
  const [keyFile, certFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const subject = ['-subj', '/CN=mx.test', '-addext', 'subjectAltName=DNS:mx.test,DNS:hook.test']
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
  const [key, cert] = [readFileSync(keyFile, 'utf8'), readFileSync(certFile, 'utf8')]
  setDefaultCACertificates([...getCACertificates(), cert])
  return { key, cert, secureContext: createSecureContext({ key, cert }) }
}
