import {
  DelegateChanged as DelegateChangedEvent,
  DelegateVotesChanged as DelegateVotesChangedEvent,
  SeatEnded as SeatEndedEvent,
  SeatGranted as SeatGrantedEvent,
} from "../generated/CommitteeSeats/CommitteeSeats";
import { DelegateChanged, DelegateVotesChanged, SeatEnded, SeatGranted } from "../generated/schema";
import { fetchSeat, fetchSeatHolder } from "./fetch/governance";
import { fetchInstitution } from "./fetch/institution";
import { logId, stamp } from "./util/log";
import { WORKING_GROUPS } from "./util/names";

export { handleAuthorityUpdated } from "./accessManager";

export function handleSeatGranted(event: SeatGrantedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  const holder = fetchSeatHolder(event.params.holder);
  holder.institution = institution.id;
  holder.save();
  const seat = fetchSeat(event.params.institution, event.params.group);
  seat.institution = institution.id;
  seat.group = WORKING_GROUPS[event.params.group];
  seat.holder = holder.id;
  seat.since = event.block.timestamp;
  seat.grantedBy = event.params.by;
  seat.endedAt = null;
  seat.endedBy = null;
  seat.save();

  const log = new SeatGranted(logId(event));
  stamp(log, "SeatGranted", event);
  log.seat = seat.id;
  log.institution = institution.id;
  log.group = seat.group;
  log.holder = holder.id;
  log.by = event.params.by;
  log.save();
}

export function handleSeatEnded(event: SeatEndedEvent): void {
  const seat = fetchSeat(event.params.institution, event.params.group);
  seat.endedAt = event.block.timestamp;
  seat.endedBy = event.params.by;
  seat.save();

  const log = new SeatEnded(logId(event));
  stamp(log, "SeatEnded", event);
  log.seat = seat.id;
  log.institution = seat.institution;
  log.group = seat.group;
  log.holder = event.params.holder;
  log.by = event.params.by;
  log.save();
}

export function handleDelegateChanged(event: DelegateChangedEvent): void {
  const log = new DelegateChanged(logId(event));
  stamp(log, "DelegateChanged", event);
  log.holder = event.params.delegator;
  log.fromDelegate = event.params.fromDelegate;
  log.toDelegate = event.params.toDelegate;
  log.save();
}

export function handleDelegateVotesChanged(event: DelegateVotesChangedEvent): void {
  const holder = fetchSeatHolder(event.params.delegate);
  holder.votes = event.params.newVotes;
  holder.save();

  const log = new DelegateVotesChanged(logId(event));
  stamp(log, "DelegateVotesChanged", event);
  log.holder = holder.id;
  log.previousVotes = event.params.previousVotes;
  log.newVotes = event.params.newVotes;
  log.save();
}
