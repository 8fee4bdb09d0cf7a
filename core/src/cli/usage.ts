/** A command that cannot be understood, as opposed to one that is refused. */
export class UsageError extends Error {
  /** The argument or option at fault. */
  readonly field: string | undefined

  constructor(message: string, field?: string) {
    super(message)
    this.name = 'UsageError'
    this.field = field
  }
}
