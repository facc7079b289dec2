import { Stack, Text } from '@mantine/core'
import type { Connection, TokenTest } from '../../api/connections'
import { date } from '../../format/time'
import { useNow } from '../../parts/useNow'
import { CauseAlert } from '../../parts/CauseAlert'
import type { Tested } from './choices'
import { Connected } from './Connected'
import { TokenScopes } from './TokenScopes'
import classes from './wizard.module.css'

const kindWords: Partial<Record<TokenTest['kind'], string>> = { classic: 'Classic token. ', fine_grained: 'Fine-grained token. ' }
const day = 86_400_000

/** What the test has shown. All but the scopes' verdicts is the connection's own, so it is there after a reload. */
export function TokenResult({ connection, tested }: { connection: Connection; tested: Tested | undefined }) {
  return (
    <Stack gap="sm">
      <Connected connection={connection} />
      <Text size="sm"><TokenFacts kind={tested?.kind} expires={connection.expires_at} /></Text>
      {tested?.notice && <CauseAlert cause={tested.notice} title="It works, with limits" warning />}
      {tested && tested.scopes.length > 0 && (
        <details className={classes.more} open={tested.scopes.some((s) => !s.granted)}>
          <summary>Scopes: {tested.scopes.filter((s) => s.granted).length} of {tested.scopes.length} granted</summary>
          <TokenScopes.Verdicts scopes={tested.scopes} />
        </details>
      )}
    </Stack>
  )
}

function TokenFacts({ kind, expires }: { kind: TokenTest['kind'] | undefined; expires: string | undefined }) {
  const now = useNow()
  const word = (kind && kindWords[kind]) ?? ''
  if (!expires) return `${word}It does not expire, as far as GitHub says.`
  const at = new Date(expires)
  const days = Math.floor((at.getTime() - now.getTime()) / day)
  const left = days < 0 ? 'has expired' : days < 1 ? 'expires today' : `expires in ${days} ${days === 1 ? 'day' : 'days'}`
  return <>{word}It <strong>{left}</strong> ({date(at, now)}).</>
}
