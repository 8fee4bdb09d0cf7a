/** Any mail, looked at: nothing of it is stored. */
import { Hono } from 'hono'
import { AppError } from '../../../domain/errors.ts'
import { ANSWERS, RETRY_AFTER_SECONDS } from '../../errors.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { requireSession } from '../middleware/session.ts'
import { send } from '../send.ts'
import { viewOf } from '../ui/view.ts'
import { InspectPage } from './page.tsx'
import { BLANK, envelopeFrom, fieldsFrom, type InspectionFields, uploadFrom, withForm } from './upload.ts'

export function inspectionRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .use('/inspections', requireSession)
    .get('/inspections', (c) => send(c, <InspectPage view={viewOf(c, deps)} bytesMax={deps.uploads.bytesMax} fields={BLANK} />))
    .post('/inspections', (c) => inspect(c, deps))
}

async function inspect(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { bytesMax } = deps.uploads
  let fields = BLANK
  try {
    return await withForm(c, deps, async (form) => {
      fields = fieldsFrom(form)
      const { raw, fileName } = uploadFrom(form, { bytesMax })
      const { offline } = fields
      const inspection = await deps.inspector.inspect(raw, envelopeFrom(fields), { offline })
      const inspected = { inspection, fileName, bytes: raw.length, offline }
      return send(c, <InspectPage view={viewOf(c, deps)} {...{ bytesMax, fields, inspected }} />)
    })
  } catch (fault) {
    return refuse(c, deps, fields, fault)
  }
}

const FORM_MISTAKES = new Set(['input.invalid', 'input.too_large', 'service.busy'])

/** What was typed stays, so that a mail need not be pasted twice. */
function refuse(c: AdminContext, deps: AdminDeps, fields: InspectionFields, fault: unknown): Response | Promise<Response> {
  if (!(fault instanceof AppError) || !FORM_MISTAKES.has(fault.code)) throw fault
  const retryAfter = RETRY_AFTER_SECONDS[fault.code]
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter))
  const mistake = { field: fault.field, message: fault.message }
  const page = <InspectPage view={viewOf(c, deps)} bytesMax={deps.uploads.bytesMax} {...{ fields, mistake }} />
  return send(c, page, ANSWERS[fault.code].status)
}
