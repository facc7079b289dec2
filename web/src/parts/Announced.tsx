import { useEffect, useState } from 'react'

/** Tells those who listen how far something is: each 10 %, and no more often than every 15 s. */
export function Announced({ part, whole, what }: { part: number; whole: number; what: string }) {
  const tenth = Math.floor((10 * part) / Math.max(1, whole))
  const [told, setTold] = useState({ tenth: 0, at: 0 })
  useEffect(() => {
    const now = Date.now()
    if (tenth !== told.tenth && now - told.at >= 15_000) setTold({ tenth, at: now })
  }, [tenth, part, told])
  return <span className="visually-hidden" role="status">{told.at > 0 ? `${what}: ${told.tenth * 10} %` : ''}</span>
}
