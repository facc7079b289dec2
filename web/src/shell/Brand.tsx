export function Brand() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#175CD3" />
      <path d="M8 6c0 8 8 7 8 14v6M24 6c0 8-8 7-8 14" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
    </svg>
  )
}
