import type { Look, Shape } from '../format/status'

const shapes: Record<Shape, React.ReactNode> = {
  dot: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  check: <path d="M2 6.5l2.8 2.8L10 3" fill="none" stroke="currentColor" strokeWidth="2" />,
  ring: <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  half: <><circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" strokeWidth="1.5" /><path d="M6 1.5a4.5 4.5 0 0 0 0 9z" fill="currentColor" /></>,
  wait: <path d="M2.5 1.5h2.5v9H2.5zM7 1.5h2.5v9H7z" fill="currentColor" />,
  pause: <path d="M3.5 1.5v9M8.5 1.5v9" stroke="currentColor" strokeWidth="1.5" />,
  alert: <path d="M6 1v6.2M6 9.3v1.7" stroke="currentColor" strokeWidth="2" />,
  cross: <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" strokeWidth="2" />,
}

/** A state as shape, word and colour. */
export function Status({ look, testId }: { look: Look; testId?: string }) {
  return (
    <span className="chip" data-color={look.colour} data-testid={testId}>
      <svg viewBox="0 0 12 12" aria-hidden="true">{shapes[look.shape]}</svg>
      {look.word}
    </span>
  )
}

/** A short fact in the same form, without a state. */
export function Tag({ children, colour = 'grey' }: { children: React.ReactNode; colour?: Look['colour'] }) {
  return <span className="chip" data-color={colour}>{children}</span>
}
