import { useSyncExternalStore } from 'react'

const every = 5_000
let now = new Date()
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()

function subscribe(listener: () => void) {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = new Date()
    listeners.forEach((tell) => tell())
  }, every)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The time for "12 s ago": one clock for the whole page. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => {
    if (Date.now() - now.getTime() > every) now = new Date()
    return now
  })
}
