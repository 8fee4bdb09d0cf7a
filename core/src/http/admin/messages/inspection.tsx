/** What we made of a mail, and why. */
import type { Message } from '../../../domain/message.ts'
import { REPLY_CLASSES } from '../../../domain/smtp-reply-class.ts'
import type { Verdicts } from '../../../mail/authenticate.ts'
import type { FoundBy, ReportedRecipient } from '../../../mail/report.ts'
import type { MailInspection } from '../../../manage/inspect.ts'
import type { MessageInspection, Scan } from '../../../manage/inspect-message.ts'
import { type Fact, Facts } from '../ui/facts.tsx'
import { Cell, Table, TableRow } from '../ui/table.tsx'
import { KIND_LABELS, KIND_SENTENCES } from './report-kinds.ts'

export type Inspected = MessageInspection & { readonly scope: Message['scope'] }

export const Inspection = ({ inspected }: { inspected: Inspected }) => (
  <section id="inspection" class="inspected facts-beside">
    <h2>Inspection</h2>
    {inspected.inspection && <Report report={inspected.inspection} />}
    <Facts facts={[...(inspected.scope === 'incoming' ? verdictFacts(inspected.authentication) : []), ...scanFacts(inspected.scan)]} />
    {inspected.scan && inspected.scan.checks.length > 0 && <Checks checks={inspected.scan.checks} />}
  </section>
)

const FOUND_BY: Readonly<Record<FoundBy, string>> = {
  delivery_status: 'its delivery status part (RFC 3464)',
  feedback_report: 'its feedback report (RFC 5965)',
  jmrp: 'its form, which is that of Microsoft’s complaints',
  disposition: 'its disposition part (RFC 8098)',
  failed_recipients: 'its X-Failed-Recipients header',
  text: 'its words',
  headers: 'its headers',
  nothing: 'nothing',
}

export const Report = ({ report }: { report: MailInspection }) => (
  <div class="report">
    <p>
      <strong>{KIND_LABELS[report.kind]}.</strong> {KIND_SENTENCES[report.kind]}
    </p>
    <Facts facts={reportFacts(report)} />
    {report.recipients.length > 0 && <Recipients {...report} />}
  </div>
)

function reportFacts(report: MailInspection): Fact[] {
  const { kind, foundBy, class: name, meaning, permanent, status, diagnostic, complaint, original } = report
  const { returnPaths, tokens, messageIds } = original
  const paths = returnPaths.map(({ mailServer, message }) => `${mailServer}+${message}`)
  return [
    { name: 'Known by', value: FOUND_BY[foundBy] },
    { name: 'Reason', value: name && `${meaning} (${name})` },
    { name: 'Permanent', value: kind === 'bounce' ? (permanent ? 'yes' : 'no') : null },
    { name: 'Status', value: status && <code>{status}</code> },
    { name: 'Diagnostic', value: diagnostic && <bdi>{diagnostic}</bdi> },
    { name: 'Complaint', value: complaint && [complaint.type, complaint.reporter, complaint.sourceIp].filter(Boolean).join(', ') },
    { name: 'About return path', value: codes(paths) },
    { name: 'About token', value: codes(tokens) },
    { name: 'About Message-ID', value: codes(messageIds) },
  ]
}

const codes = (values: readonly string[]): Fact['value'] => (values.length > 0 ? <code>{values.join(', ')}</code> : null)

const Recipients = ({ kind, recipients }: Pick<MailInspection, 'kind' | 'recipients'>) => (
  <Table
    kind="recipients"
    label="Recipients that it is about"
    columns={[{ label: 'Recipient' }, { label: 'Reason' }, { label: 'Consequence' }]}
  >
    {recipients.map((recipient) => (
      <TableRow>
        <Cell name="recipients-address">
          <bdi>{recipient.address || 'not named'}</bdi>
        </Cell>
        <Cell name="recipients-reason">{kind === 'complaint' ? 'Has marked a mail as spam.' : <Refusal recipient={recipient} />}</Cell>
        <Cell name="recipients-consequence">
          {kind === 'complaint' ? 'to be suppressed, if the mail was ours' : consequenceOf(recipient)}
        </Cell>
      </TableRow>
    ))}
  </Table>
)

const Refusal = ({ recipient: { status, diagnostic, class: name } }: { recipient: ReportedRecipient }) => (
  <>
    {REPLY_CLASSES[name].says} {status && <code>{status}</code>} {diagnostic && <bdi class="recipients-diagnostic">{diagnostic}</bdi>}
  </>
)

function consequenceOf({ permanent, personal }: ReportedRecipient): string {
  if (personal) return 'permanent and about the recipient: to be suppressed'
  return permanent ? 'permanent, not about the recipient' : 'may pass'
}

export function verdictFacts(verdicts: Verdicts | null): Fact[] {
  if (!verdicts) return [{ name: 'Sender', value: 'could not be judged' }]
  const { spf, dkim, dmarc, dmarcPolicy, arc } = verdicts
  const signatures = dkim.map(({ result, domain, selector }) => `${result} ${[selector, domain].filter(Boolean).join('/')}`.trim())
  return [
    { name: 'SPF', value: spf },
    { name: 'DKIM', value: signatures.join(', ') || 'none' },
    { name: 'DMARC', value: dmarcPolicy ? `${dmarc} (policy ${dmarcPolicy})` : dmarc },
    { name: 'ARC', value: arc },
  ]
}

function scanFacts(scan: Scan | null): Fact[] {
  if (!scan) return [{ name: 'Spam', value: 'not checked' }]
  const { spam, spamScore, threat, threatDetails, incomplete } = scan
  return [
    { name: 'Spam', value: `${spam ? 'yes' : 'no'}, score ${spamScore}` },
    { name: 'Virus', value: threat ? threatDetails || 'yes' : threatDetails || 'none found' },
    { name: 'Scanners', value: incomplete ? 'not all of them answered, so this may not be all' : null },
  ]
}

const Checks = ({ checks }: Pick<Scan, 'checks'>) => (
  <Table kind="checks" label="Rules that applied" columns={[{ label: 'Rule' }, { label: 'Meaning' }, { label: 'Score', end: true }]}>
    {checks.map(({ name, score, description }) => (
      <TableRow>
        <Cell name="checks-rule">
          <code>{name}</code>
        </Cell>
        <Cell name="checks-meaning">{description}</Cell>
        <Cell name="checks-score list-end">{score}</Cell>
      </TableRow>
    ))}
  </Table>
)
