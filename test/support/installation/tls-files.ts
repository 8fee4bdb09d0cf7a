/** A certificate of its own for the core's STARTTLS, as files. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeCertificate } from '../certificate.ts'
import { HOSTS } from './zone.ts'

export type TlsFiles = { readonly certificatePath: string; readonly keyPath: string }

export async function writeCertificate(folder: string): Promise<TlsFiles> {
  const { cert, key } = await makeCertificate({ names: [HOSTS.smtp, 'localhost'] })
  const files = { certificatePath: join(folder, 'smtp.cert'), keyPath: join(folder, 'smtp.key') }
  await writeFile(files.certificatePath, cert)
  await writeFile(files.keyPath, key, { mode: 0o600 })
  return files
}
