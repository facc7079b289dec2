export function Repos() { return null }
