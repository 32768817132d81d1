/** What to try while the demo stays up. */
export function tryNext(cluster: string): string {
  const run = `make cluster ARGS="--name ${cluster}`
  return `
── The cluster stays up until Ctrl-C. In another terminal, try: ─────────────────────────────────────

   ${run} kubectl -- get announcementplans -A"                     who announces what
   ${run} kubectl -- describe announcementplan node1 -n metallb-system"
   ${run} kubectl -- logs -n metallb-system -l app.kubernetes.io/component=speaker --tail=20"
   ${run} kubectl -- rollout restart daemonset -n metallb-system"  no L2 address moves
   ${run} exec client -- arping -I eth0 -c 3 10.99.1.0"            who answers for an address
   ${run} exec router -- vtysh -c 'show bgp summary'"
   ${run} kill-node node1"                                         its addresses move
   ${run} exec client -- curl -sS http://10.99.1.0/"
`
}
