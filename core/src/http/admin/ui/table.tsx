/** Tables that the style sheet turns into cards on phones. Roles are given by name, because `display` takes the natural ones away. */
import type { Child } from 'hono/jsx'

const TABLE = { role: 'table' } as const
const GROUP = { role: 'rowgroup' } as const
const ROW = { role: 'row' } as const
const HEADER = { role: 'columnheader' } as const
const CELL = { role: 'cell' } as const

export type Column = { readonly label: string; readonly end?: boolean }

type Props = { readonly kind: string; readonly label: string; readonly columns: readonly Column[]; readonly children?: Child }

export const Table = ({ kind, label, columns, children }: Props) => (
  <div class="list-frame">
    <table {...TABLE} class={`list ${kind}`} aria-label={label}>
      <thead {...GROUP}>
        <tr {...ROW}>
          {columns.map((column) => (
            <th {...HEADER} scope="col" class={column.end ? 'list-end' : ''}>
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody {...GROUP}>{children}</tbody>
    </table>
  </div>
)

export const TableRow = ({ children }: { children?: Child }) => <tr {...ROW}>{children}</tr>

export const Cell = ({ name, children }: { name: string; children?: Child }) => (
  <td {...CELL} class={name}>
    {children}
  </td>
)
