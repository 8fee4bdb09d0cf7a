/** The few drawings of the interface. They decorate; words beside them say the same. */
const PATHS = {
  check: 'M4 12.5 9.5 18 20 6.5',
  clock: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  cross: 'M6 6l12 12M18 6 6 18',
  pause: 'M9 6v12M15 6v12',
  inbox: 'M4 13h4l2 3h4l2-3h4M4 13l3-8h10l3 8v6H4z',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z',
  pointer: 'M5 4l6 15 2.2-6.3L19.5 10z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17.3v.2',
  leave: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
  back: 'M14 6l-6 6 6 6',
  forward: 'M10 6l6 6-6 6',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5 20 20',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
} as const

export type IconName = keyof typeof PATHS

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
    <path d={PATHS[name]} />
  </svg>
)

/** An envelope in a hurry. */
export const Brand = () => (
  <svg class="brand" viewBox="0 0 32 32" width="30" height="30" aria-hidden="true" focusable="false">
    <rect class="brand-ground" width="32" height="32" rx="8" />
    <path class="brand-lines" d="M11 10h14v12H11zm0 1 7 6 7-6M3.5 13H8M5.5 17H8M3.5 21H8" />
  </svg>
)
