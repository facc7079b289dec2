import { Page } from '../../parts/Page'

export function Repositories() {
  return <Page title={['Repos']} heading="Repos">{null}</Page>
}
