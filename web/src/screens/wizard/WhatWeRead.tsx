import { Text, Title } from '@mantine/core'
import type { AuthMethod } from '../../api/connections'
import { permissionsOf } from '../../format/permissions'
import { ScopeTable } from '../../parts/ScopeTable'

/** What is read with a method and why, as the API itself lists it. */
export function WhatWeRead({ method }: { method: AuthMethod | undefined }) {
  const scopes = method?.required_scopes ?? []
  const permissions = permissionsOf(method)
  return (
    <section className="panel" style={{ padding: 16 }} aria-labelledby="what-we-read">
      <Title order={2} id="what-we-read" mb="xs">What we read and why</Title>
      {!method && <Text size="sm">Commits, pull requests with reviews and comments, and issues. Choose a method to see what it is allowed.</Text>}
      {permissions.length > 0 && (
        <>
          <Text size="sm" mb="xs">An App has permissions of its own, on the repositories that it is installed on, and reads nothing of anybody's account.</Text>
          <ScopeTable name="Permission" scopes={permissions} caption="Permissions and what they are for" />
        </>
      )}
      {scopes.length > 0 && <ScopeTable scopes={scopes} caption="Scopes and what they are for" />}
      <Text size="sm" mt="sm">Nothing is ever written to GitHub but webhooks that you switch on yourself.</Text>
    </section>
  )
}
