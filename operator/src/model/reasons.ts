import { plainText } from '@loadstone/telemetry/plain-text'

/**
 * All reasons of conditions, events and log lines, each with its default message. docs/reasons.md documents the same names; a test
 * compares both.
 */
export const reasons = {
  // Service, condition loadstone.dev/Allocated
  Allocated: 'The Service has its address.',
  PoolNotInForce: 'An IPAddressPool that would serve this Service is not in force as it stands.',
  NoPools: 'There is no IPAddressPool.',
  NoPoolPermits: 'No IPAddressPool gives addresses to this Service on its own account.',
  PoolExhausted: 'Every IPAddressPool that serves this Service is used up.',
  UnknownPool: 'The annotation names an IPAddressPool that does not exist.',
  PoolNotPermitted: 'The IPAddressPool is reserved for other Services.',
  AddressNotInPool: 'No IPAddressPool holds the requested address.',
  AddressNotInNamedPool: 'The requested address is not in the IPAddressPool that the annotation names.',
  AddressInUse: 'Another Service has the address and does not share it.',
  PortInUse: 'Another Service has the same port of the shared address.',
  FamilyMismatch: 'The requested addresses are of other families than the Service.',
  RequestMalformed: 'What the Service requests is not an address.',
  RequestedTwice: 'The Service requests addresses in spec and in annotations.',
  NoClusterIP: 'The Service has no cluster IP.',
  NotEnoughClusterIPs: 'RequireDualStack needs two cluster IPs.',
  KeptUntilAvailable: 'What is requested cannot be given, so the Service keeps the address it has.',
  ReleasePending: 'Nothing covers the address any more; the Service keeps it for a moment.',
  StatusContested: 'Somebody else writes the status of the Service, too.',
  StatusNotWritten: 'The API server does not take the status of the Service, so it stays as it is.',
  FamilyMissing: 'Only one of two families could be given.',
  FamilyChanged: 'The Service has changed its address family.',
  // Service, condition loadstone.dev/Announced
  Announced: 'Nodes announce the address.',
  NoAddress: 'The Service has no address.',
  NoEndpoints: 'No pod serves the Service.',
  NoLocalEndpoints: 'No node that may announce has a pod of the Service (externalTrafficPolicy Local).',
  NoAdvertisement: 'No advertisement covers the address.',
  NoEligibleNode: 'No node may announce the address now.',
  SpeakersStarting: 'Most speakers are only starting, so the address waits a moment to be placed well.',
  AdvertisementNotInForce: 'An advertisement that would cover the address is not in force as it stands.',
  NotClaimed: 'The node that is to answer for the address does not do so yet.',
  SpeakerSilent: 'Nothing is known of the speakers that should announce the address.',
  PlacementPending: 'Many addresses are new at once, and this one is placed in a moment.',
  ClaimIgnored: 'Nodes announce the address, and another one claims it without right.',
  NoPeers: 'No announcing node has a BGP session planned.',
  PeerNotInForce: 'A BGPPeer that would be told of the address is not in force as it stands.',
  NoSessionUp: 'No BGP session that should carry the address is up.',
  FamilyNotNegotiated: 'No BGP session that is up carries the address family.',
  NotTold: 'No router has been told of the address yet.',
  SharedWithServiceSelectors: 'The address is shared and an advertisement of its pool selects Services.',
  ConflictingAdvertisements: 'BGPAdvertisements give one route different local preferences or prependings.',
  // Nodes, inside messages
  NodeExcluded: 'The node is labelled node.kubernetes.io/exclude-from-external-load-balancers.',
  NetworkUnavailable: 'The node has the condition NetworkUnavailable.',
  OutOfService: 'The node has the taint node.kubernetes.io/out-of-service.',
  NoSpeaker: 'No speaker runs on the node.',
  SpeakerNotReported: 'The speaker has not reported yet.',
  NoInterface: 'The node has none of the interfaces up.',
  // AnnouncementPlan, spec.staying
  LastPath: 'The node should leave, but no other one announces what it does.',
  // Objects of metallb.io, condition Accepted
  Accepted: 'The object is in force.',
  Malformed: 'A field cannot be understood.',
  AddressesOverlap: 'Addresses overlap with each other or with another IPAddressPool.',
  DuplicateAdvertisement: 'Another BGPAdvertisement says the same.',
  LocalPrefConflict: 'Another BGPAdvertisement gives the same routes another local preference.',
  AsPathPrependConflict: 'Another BGPAdvertisement prepends to the same routes another number of times.',
  AggregationTooWide: 'An aggregated route would cover addresses outside the IPAddressPool.',
  UnknownCommunity: 'A community alias is defined nowhere.',
  UnknownPeer: 'The BGPAdvertisement names a BGPPeer that does not exist.',
  DuplicateCommunity: 'Another Community object defines the same alias.',
  DuplicatePeer: 'Another BGPPeer describes the same sessions.',
  PeerAddressInUse: 'Another BGPPeer already connects to that router from the same nodes.',
  SecretMissing: 'The Secret with the password does not exist.',
  PasswordPending: 'The password in the object is not in its Secret yet.',
  TooManyPeers: 'More BGPPeers select a node than it can have sessions.',
  ProfileMissing: 'The BFDProfile does not exist, or is not in force.',
  NotSupported: 'A field asks for what Loadstone does not do.',
  DeprecatedField: 'A field has no effect any more.',
  PaceLimited: 'The BFDProfile asks for a faster pace than Loadstone keeps.',
  WrongNamespace: 'The object is outside the namespace of the configuration.',
  InputsIncomplete: 'The operator cannot read everything it needs, so it changes nothing.',
  // BGPPeer, condition Established
  Established: 'Every node that should hold the session does.',
  NotEstablished: 'A node that should hold the session does not.',
  NoSessions: 'No node should hold a session.',
  // Objects of metallb.io, condition InForce
  CurrentDefinition: 'What the object says now is in force.',
  PreviousDefinition: 'What the object said before stays in force.',
  NothingInForce: 'Nothing of the object is in force.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

/** A reason for programs, and a message for people that says what is wrong, where, and what to do. */
export type Note = { readonly reason: Reason; readonly message: string }

/** A note with the default message of the reason, or with a particular one, in which texts of users and routers become plain. */
export const note = (reason: Reason, message: string = reasons[reason]): Note => ({ reason, message: plainText(message) })
