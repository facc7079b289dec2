import { List, Text } from '@mantine/core'
import type { Webhooks } from '../../api/webhooks'
import { CauseText } from '../../parts/CauseText'
import { TextLink } from '../../parts/links'
import { preconditionWords } from './words'

/** What webhooks need: what of it is met, and how the rest can be. */
export function Preconditions({ id, of }: { id: string; of: Webhooks }) {
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>What webhooks need</Text>
      <List size="sm" spacing={6} listStyleType="none" styles={{ itemWrapper: { alignItems: 'flex-start' } }} data-testid="preconditions">
        {of.preconditions.map((p) => (
          <List.Item key={p.code} icon={<Mark met={p.met} />}>
            {preconditionWords(p)}<span className="visually-hidden">: {p.met ? 'met' : 'not met'}</span>
            {p.cause && <CauseText cause={p.cause} />}
            {!p.met && p.code === 'no_repo_imported' && <TextLink inherit underline="always" to="/settings/integrations/$id/repos" params={{ id }} search={{ organization: of.organization_id }}>Choose repos</TextLink>}
          </List.Item>
        ))}
      </List>
      {of.sources[0] === 'repository' && (
        <Text size="sm" mt="xs">The account owns no organization here. Switched on, each imported repo gets a webhook of its own; those that the account does not administer say so.</Text>
      )}
    </div>
  )
}

function Mark({ met }: { met: boolean }) {
  return <span aria-hidden="true" style={{ fontWeight: 700, color: `var(--status-${met ? 'green' : 'red'})` }}>{met ? '✓' : '✗'}</span>
}
