import { Page } from '../../parts/Page'

export function PullRequests() {
  return <Page title={['Pull requests']} heading="Pull requests">{null}</Page>
}
