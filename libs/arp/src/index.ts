export { type ArpAnswer, type ArpIgnoredReason, answer, conflictIn } from './answer'
export { type ArpFrame, arpFrame, operation } from './frame'
export { type ArpAnnouncer, announcements, probe, replyTo, request } from './packets'
export { ArpResponder } from './responder'
