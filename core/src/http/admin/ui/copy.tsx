/** A value to be copied: selected by one click, and with a button where scripts run. */
export const Copy = ({ value, label }: { value: string; label: string }) => (
  <span class="copy">
    <code class="copy-value">{value}</code>
    <button class="button button-small" type="button" data-copy={value} aria-label={`Copy ${label}`} hidden>
      Copy
    </button>
  </span>
)
