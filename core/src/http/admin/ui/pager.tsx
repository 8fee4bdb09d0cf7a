/** To the pages before and after. Their addresses hold, however many rows come in meanwhile. */
import { Icon } from './icon.tsx'

type Props = {
  readonly previous: string | null
  readonly next: string | null
  readonly labels: { readonly previous: string; readonly next: string }
}

export function Pager({ previous, next, labels }: Props) {
  if (!previous && !next) return null
  return (
    <nav class="pager" aria-label="Pages">
      {previous ? (
        <a class="button button-plain" href={previous} rel="prev">
          <Icon name="back" />
          {labels.previous}
        </a>
      ) : (
        <span />
      )}
      {next && (
        <a class="button button-plain" href={next} rel="next">
          {labels.next}
          <Icon name="forward" />
        </a>
      )}
    </nav>
  )
}
