import { Alert, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { readinessQuery } from '../api/readiness'
import { Remedy } from '../parts/Remedy'

/** What is wrong with everything, above whatever is shown. */
export function Banners() {
  const online = useOnline()
  const { data: missing, isError } = useQuery(readinessQuery)
  if (!online) {
    return <Banner testId="offline" title="You are offline">What is shown may be old. This page goes on by itself when the connection is back.</Banner>
  }
  if (isError) {
    return <Banner testId="no-answer" title="Tributary does not answer">What is shown may be old. Trying again every 15 s.</Banner>
  }
  if (!missing) return null
  if (missing.code === 'worker_down') {
    return <Banner testId="worker_down" title="Syncing is not running. Your data is safe; ask your operator">{missing.detail} ({missing.code})</Banner>
  }
  return <Banner testId={missing.code} title={missing.title}>{missing.detail} <Remedy remediation={missing.remediation} /> ({missing.code})</Banner>
}

function Banner({ testId, title, children }: { testId: string; title: string; children: React.ReactNode }) {
  return (
    <Stack mb="md" maw={1400} mx="auto">
      <Alert color="orange" role="alert" title={title} data-testid={testId}><Text size="sm">{children}</Text></Alert>
    </Stack>
  )
}

function useOnline() {
  const [online, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const tell = () => setOnline(navigator.onLine)
    window.addEventListener('online', tell)
    window.addEventListener('offline', tell)
    return () => {
      window.removeEventListener('online', tell)
      window.removeEventListener('offline', tell)
    }
  }, [])
  return online
}
